/**
 * Proof that the WebAssembly file is there and whole, before tfjs asks for it: of one that is missing, blocked or broken
 * tfjs speaks of bundlers, or waits for ever.
 */
import { AppError } from '../../core/errors';

/** A server may take this long to send the file of half a megabyte. */
const LIMIT_MS = 30_000;

/** Throws `no-wasm` with the reason. */
export async function demandWasmFile(url: string, limitMs = LIMIT_MS): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), limitMs);
  try {
    const response = await fetch(url, { credentials: 'same-origin', signal: abort.signal });
    if (!response.ok) throw missing(url, `the server answered ${response.status}`);
    const bytes = await response.arrayBuffer();
    try {
      await WebAssembly.compile(bytes);
    } catch (cause) {
      throw missing(url, 'what came is not what belongs there, or the browser refuses it', cause);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const slow = abort.signal.aborted;
    throw missing(url, slow ? `nothing came for ${Math.round(limitMs / 1000)} s` : 'the connection failed', cause);
  } finally {
    clearTimeout(timer);
  }
}

function missing(url: string, why: string, cause?: unknown): AppError {
  const file = url.replace(/.*\/|[?#].*/g, '');
  return new AppError(
    'no-wasm',
    `The part of the page that computes on the processor (${file}) could not be loaded: ${why}. All that was saved is ` +
      'safe. Reload the page and try again; if it stays so, this copy of Hone lacks the file, or an extension or a ' +
      'firewall holds back .wasm files.',
    { cause, details: { file } },
  );
}
