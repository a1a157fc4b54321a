/**
 * Workers that are bound by the page's content-security policy. For the page, and for a worker that starts others.
 *
 * A worker loaded from an address is bound by the headers of that response alone, and a static host sends none: it could
 * ask any server. One started from a blob inherits the policy of the page, so the blob imports the script.
 * The policy also asks for Trusted Types: `hone-worker` lets blobs of ours through and nothing else.
 */

/** What of Trusted Types is used here; Firefox and Safari before 26 have none. Its strings are opaque objects. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const policy = trustedTypes()?.createPolicy('hone-worker', { createScriptURL: onlyOurs });
/** Blob address by script address: kept for the life of the thread, a worker is started again and again. */
const starters = new Map<string, string>();
let service: string | null = null;

/** Starts a module worker from the address that `import address from './x.worker.ts?worker&url'` gives. */
export function startConfinedWorker(address: string): Worker {
  const script = new URL(address, import.meta.url).href;
  let starter = starters.get(script);
  if (starter === undefined) {
    starter = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' }));
    starters.set(script, starter);
  }
  // «pool» of pool.worker-B3x9.js: what a developer sees beside the blob's address.
  const name = script.replace(/^.*\/|\.worker.*$/g, '');
  return new Worker(policy ? policy.createScriptURL(starter) : starter, { type: 'module', name });
}

/** The address of the page's service worker as the policy wants it; see src/service for what binds it instead. */
export function serviceAddress(baseUrl: string): string {
  service = new URL('service-worker.js', baseUrl).href;
  return policy ? policy.createScriptURL(service) : service;
}

function onlyOurs(url: string): string {
  if (url === service || [...starters.values()].includes(url)) return url;
  throw new TypeError('Only the workers of this page may be started.');
}

function trustedTypes(): TrustedTypes | null {
  const found: unknown = Reflect.get(globalThis, 'trustedTypes');
  return isTrustedTypes(found) ? found : null;
}

function isTrustedTypes(value: unknown): value is TrustedTypes {
  return typeof value === 'object' && value !== null && 'createPolicy' in value;
}
