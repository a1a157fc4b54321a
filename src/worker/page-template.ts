/** What begins a page of its own: it lies beside this page, made by the same build. */
import { AppError } from '../core/errors';

/** Beside index.html; scripts/one-page.mjs writes it. */
const FILE = 'one-page.txt';
/** Says what it is, where a host answers everything with some page of its own. */
const SIGN = '<meta name="generator" content="hone.one-page 1">';

/** Throws `not-found` where it cannot be had, or something else came; `cancelled`. */
export async function fetchPageTemplate(baseUrl: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const response = await fetch(new URL(FILE, baseUrl), { signal });
    if (!response.ok) throw missing(`the server answered ${response.status}`);
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (signal.aborted) throw new AppError('cancelled', 'Writing was stopped.', { cause });
    throw cause instanceof AppError ? cause : missing('the connection failed', cause);
  }
  const head = new TextDecoder().decode(bytes.subarray(0, 8192));
  if (!head.includes(SIGN) || bytes.at(-1) !== 10) throw missing('what came is not what belongs there');
  return bytes;
}

function missing(why: string, cause?: unknown): AppError {
  return new AppError(
    'not-found',
    `What a page of its own begins with (${FILE}) could not be loaded: ${why}. Go online and reload this page, then save it ` +
      'again; if it stays so, this copy of Hone lacks the file. The other formats need none.',
    { cause, details: { file: FILE } },
  );
}
