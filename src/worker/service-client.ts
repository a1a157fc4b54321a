/** The page's side of the service worker: is the page kept, does a newer one wait, and may that one take over. */
import type { FromService, Kept, ToService } from '../service/messages';
import { serviceAddress } from './confined';

export interface ServiceEvents {
  /** The first service worker is in charge; workers that were started before are not answered by it. */
  onInCharge(): void;
  /** A newer build is kept and waits; called again for each. */
  onUpdate(takeOver: () => Promise<void>): void;
  /** Another tab let a newer build take over; this page stays what it is until it is loaded again. */
  onTakenOver(): void;
  /** A build could not be kept, and why. */
  onNotKept(why: string): void;
}

export interface Service {
  /** What is kept of the page; resolves once a service worker is in charge. */
  kept(): Promise<Kept>;
}

/** A tab that stays open for days asks for a newer build when it is looked at, and not more often than this. */
const ASK_AGAIN_MS = 3_600_000;
const IN_PRIVATE = 'This browser keeps no pages here, as in a private window.';

/** Starts the service worker beneath the page's folder; where there can be none, why, in words. */
export async function startService(baseUrl: string, events: ServiceEvents): Promise<Service | { why: string }> {
  if (import.meta.env.DEV) return { why: 'The development server is not kept.' };
  if (!isSecureContext) return { why: 'This address is not secure (https or localhost).' };
  // TypeScript takes it for given; private windows of some browsers do not have it.
  if (!('serviceWorker' in navigator)) return { why: IN_PRIVATE };
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<FromService>) => {
    switch (data.type) {
      case 'which-files':
        ports[0]?.postMessage(filesOfPage());
        break;
      case 'not-kept':
        events.onNotKept(data.why);
        break;
      default:
        data satisfies never;
    }
  });
  let before = serviceWorker.controller;
  serviceWorker.addEventListener('controllerchange', () => {
    if (before === null) events.onInCharge();
    else events.onTakenOver();
    before = serviceWorker.controller;
  });
  let registration: ServiceWorkerRegistration | undefined;
  try {
    await serviceWorker.register(serviceAddress(baseUrl));
    // Asked for, not taken from above: a browser that blocks them may answer with nothing.
    registration = await serviceWorker.getRegistration(baseUrl);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Without a network the one that is here goes on; where storage is refused there is none.
    registration = await serviceWorker.getRegistration(baseUrl).catch(() => undefined);
    if (!registration) return { why: `The browser refused it: ${error.message}` };
  }
  if (!registration) return { why: IN_PRIVATE };
  watch(registration, events);
  return { kept: () => askWhatIsKept(serviceWorker) };
}

/** Tells of each build that comes and has to wait. */
function watch(registration: ServiceWorkerRegistration, events: ServiceEvents): void {
  const offer = (waiting: ServiceWorker): void => events.onUpdate(() => takeOver(waiting));
  if (registration.waiting && registration.active) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => {
      if (coming.state === 'installed' && registration.active) offer(coming);
    });
  });
  let askedAt = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || performance.now() - askedAt < ASK_AGAIN_MS) return;
    askedAt = performance.now();
    // Without a network there is nothing newer to be had, and the next look asks again.
    registration.update().catch(() => undefined);
  });
}

function takeOver(waiting: ServiceWorker): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.state === 'activated') return resolve();
    waiting.addEventListener('statechange', () => {
      // Redundant: a still newer one came, and waits in its turn.
      if (waiting.state === 'activated' || waiting.state === 'redundant') resolve();
    });
    const wish: ToService = { type: 'take-over' };
    waiting.postMessage(wish);
  });
}

async function askWhatIsKept(serviceWorker: ServiceWorkerContainer): Promise<Kept> {
  const { active } = await serviceWorker.ready;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<Kept>) => resolve(data);
    const question: ToService = { type: 'what-is-kept' };
    active?.postMessage(question, [port2]);
  });
}

/** What index.html names by hash: together it tells one build's page from another's. */
function filesOfPage(): string[] {
  const named = document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>(
    'script[type="module"][src], link[rel="stylesheet"][href]',
  );
  return Array.from(named, (element) => ('src' in element ? element.src : element.href));
}
