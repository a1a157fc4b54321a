/**
 * The files of the built page, kept for the time without a network. Takes its caches and its way to ask the server, so
 * that a test can give it others.
 *
 * Obligations:
 * - A cache holds one build whole, each file with the hash that the build gave it, or its service worker is not installed:
 *   a server in the middle of a deploy serves files of two builds.
 * - A page of an older build that is still open finds its files: names in `assets/` bear a hash of their content, so
 *   whichever cache has one has the right one.
 * - A cache goes when no open page needs it, and never one of another page of the same origin: names bear the scope.
 *
 * The model is not here: it stands in IndexedDB, verified by its own manifest, and 45 MB are not kept twice.
 */
import type { Kept, KeptFile } from './messages';

export interface KeeperPorts {
  caches: Pick<CacheStorage, 'open' | 'keys' | 'delete'>;
  /** Asks the server, past the browser's own cache. */
  ask(address: string): Promise<Response>;
  /** The page's folder, with a slash at its end. */
  scope: string;
  /** Differs between any two builds. */
  build: string;
  files: readonly KeptFile[];
}

const HASHED = 'assets/';

export class Keeper {
  readonly #ports: KeeperPorts;
  readonly #files: ReadonlyMap<string, KeptFile>;
  readonly #family: string;
  readonly #own: string;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#files = new Map(ports.files.map((file) => [file.path, file]));
    this.#family = `hone ${new URL(ports.scope).pathname} `;
    this.#own = this.#family + ports.build;
  }

  /** Keeps what of this build is not kept yet; rejects with the first file that cannot be had as it was built. */
  async keepAll(): Promise<void> {
    const cache = await this.#ports.caches.open(this.#own);
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    const missing = this.#ports.files.filter(({ path }) => !kept.has(this.#address(path)));
    const older = missing.length > 0 ? await this.#others() : [];
    await Promise.all(
      missing.map(async (file) => {
        const address = this.#address(file.path);
        await cache.put(address, (await this.#reuse(file, older)) ?? (await this.#fetch(file)));
      }),
    );
  }

  /** What of this build stands in the cache. */
  async kept(): Promise<Kept> {
    const cache = await this.#ports.caches.open(this.#own);
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    const there = this.#ports.files.filter(({ path }) => kept.has(this.#address(path)));
    return { bytes: there.reduce((sum, { bytes }) => sum + bytes, 0), missing: this.#files.size - there.length };
  }

  /** The file that a request of the page is for; null for what is none of ours, the model among it. */
  pathOf({ method, url, mode }: Pick<Request, 'method' | 'url' | 'mode'>): string | null {
    if (method !== 'GET' || !url.startsWith(this.#ports.scope)) return null;
    const path = url.slice(this.#ports.scope.length).replace(/[?#].*$/, '');
    if (mode === 'navigate') return path === '' || path === 'index.html' ? '' : null;
    return this.#files.has(path) || path.startsWith(HASHED) ? path : null;
  }

  /** The kept file; where the browser threw it away, the server's. */
  async answer(path: string): Promise<Response> {
    const address = this.#address(path);
    const own = await (await this.#ports.caches.open(this.#own)).match(address);
    if (own) return own;
    if (path.startsWith(HASHED)) {
      for (const cache of await this.#others()) {
        const found = await cache.match(address);
        if (found) return found;
      }
    }
    return this.#ports.ask(address);
  }

  /** Deletes the caches of other builds that no page needs. `pages`: for each open page the files that it names. */
  async dropUnneeded(pages: readonly (readonly string[])[]): Promise<void> {
    const own = await this.#addressesIn(this.#own);
    // What a page of this build names stands in this cache, whatever the others hold.
    const strangers = pages.filter((files) => !files.every((file) => own.has(file)));
    for (const name of await this.#otherNames()) {
      const there = await this.#addressesIn(name);
      if (!strangers.some((files) => files.some((file) => there.has(file)))) await this.#ports.caches.delete(name);
    }
  }

  #address(path: string): string {
    return new URL(path, this.#ports.scope).href;
  }

  async #otherNames(): Promise<string[]> {
    return (await this.#ports.caches.keys()).filter((name) => name.startsWith(this.#family) && name !== this.#own);
  }

  async #others(): Promise<Cache[]> {
    return Promise.all((await this.#otherNames()).map((name) => this.#ports.caches.open(name)));
  }

  async #addressesIn(name: string): Promise<Set<string>> {
    return new Set((await (await this.#ports.caches.open(name)).keys()).map(({ url }) => url));
  }

  /** The same file out of an older build's cache: most do not change from one build to the next. */
  async #reuse({ path, sha256 }: KeptFile, older: readonly Cache[]): Promise<Response | null> {
    for (const cache of older) {
      const found = await cache.match(this.#address(path));
      if (found && (await sha256Of(await found.clone().arrayBuffer())) === sha256) return found;
    }
    return null;
  }

  async #fetch({ path, bytes, sha256 }: KeptFile): Promise<Response> {
    const name = path === '' ? 'the page' : path;
    const response = await this.#ports.ask(this.#address(path));
    if (!response.ok) throw new Error(`The server answered ${response.status} for ${name}.`);
    const body = await response.arrayBuffer();
    if ((await sha256Of(body)) !== sha256) {
      throw new Error(
        `The server's ${name} (${body.byteLength} bytes) is not the one of this build (${bytes} bytes, checksum ` +
          `${sha256.slice(0, 12)}): a deploy may be under way, or the server changes files.`,
      );
    }
    // Anew: a response that was redirected must not answer a navigation, and these bytes are no longer compressed.
    const headers = new Headers(response.headers);
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name);
    return new Response(body, { headers });
  }
}

async function sha256Of(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
