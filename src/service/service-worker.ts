/**
 * The service worker: answers the page's requests for its own files from the browser's cache, so that it opens and works
 * without a network. A thread of its own, built by scripts/service.mjs into one file beside index.html.
 *
 * It is not bound by the page's policy, which stands in index.html: so it asks for nothing but the files in its own list,
 * beneath the page's folder, and passes on no request that it does not know. A newer one waits until a page sends
 * `take-over`; the page does so when a person says it and no run works (src/state/updates.svelte.ts).
 */
import { Keeper } from './keeper';
import type { FromService, KeptFile, ToService } from './messages';

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build. */
declare const HONE_BUILD: { build: string; files: readonly KeptFile[] };

/** How long an open page may take to say what it is; one that does not keeps all its files. */
const PATIENCE_MS = 3_000;
/** One at a time, in whichever service worker: a newer one fills its cache while the one in charge clears up. */
const CACHES_LOCK = 'hone-caches';

const keeper = new Keeper({
  caches: self.caches,
  ask: (address) => fetch(address, { cache: 'no-cache', credentials: 'same-origin' }),
  scope: self.registration.scope,
  ...HONE_BUILD,
});

self.addEventListener('install', (event) => event.waitUntil(install()));
// The first page was loaded before there was a service worker: from here on it has one.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const path = keeper.pathOf(event.request);
  if (path !== null) event.respondWith(keeper.answer(path));
});

self.addEventListener('message', (event) => {
  const message: ToService = event.data;
  switch (message.type) {
    case 'what-is-kept':
      event.waitUntil(tellWhatIsKept(event.ports[0]));
      break;
    case 'take-over':
      event.waitUntil(self.skipWaiting());
      break;
    default:
      message satisfies never;
  }
});

async function install(): Promise<void> {
  try {
    await self.navigator.locks.request(CACHES_LOCK, () => keeper.keepAll());
  } catch (error) {
    await tellNotKept(error);
    // The browser tries again at the next start of the page.
    throw error;
  }
}

async function tellWhatIsKept(port: MessagePort | undefined): Promise<void> {
  try {
    await self.navigator.locks.request(CACHES_LOCK, () => keeper.keepAll());
  } catch (error) {
    // Without a network what is missing stays so, and the answer below says it.
    if (!(error instanceof Error)) throw error;
  }
  port?.postMessage(await keeper.kept());
  await clearUp();
}

async function clearUp(): Promise<void> {
  const pages = await askPages();
  if (pages === null) return;
  await self.navigator.locks.request(CACHES_LOCK, async () => {
    // A newer build that comes in, or waits, has a cache that no page needs yet.
    const { installing, waiting } = self.registration;
    if (installing === null && waiting === null) await keeper.dropUnneeded(pages);
  });
}

async function tellNotKept(error: unknown): Promise<void> {
  const message: FromService = { type: 'not-kept', why: error instanceof Error ? error.message : String(error) };
  for (const page of await openPages()) page.postMessage(message);
}

/** The files that each open page names; null when one of them did not answer. */
async function askPages(): Promise<string[][] | null> {
  const answers = await Promise.all((await openPages()).map(filesOf));
  return answers.every((answer) => answer !== null) ? answers : null;
}

function filesOf(page: WindowClient): Promise<string[] | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const patience = setTimeout(() => resolve(null), PATIENCE_MS);
    port1.onmessage = ({ data }: MessageEvent<string[]>) => {
      clearTimeout(patience);
      resolve(data);
    };
    const question: FromService = { type: 'which-files' };
    page.postMessage(question, [port2]);
  });
}

/** Of this scope: the service worker of a folder above sees the pages beneath it, and the other way round. */
async function openPages(): Promise<WindowClient[]> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return pages.filter(({ url }) => url.startsWith(self.registration.scope));
}
