/** The parts of the page that this script stands in, in their order. Each leaves the document when it was read. */
import type { PagePart } from '../core/export/one-page/page-parts';
import { turnOfThePage } from '../ui/parts/turn';

/** Parts that are read between two turns of the page. */
const STRIDE = 4;

/** Waits until the browser has read the file to its end. */
export async function* domParts(page: Document): AsyncGenerator<PagePart> {
  if (page.readyState === 'loading') {
    await new Promise((resume) => page.addEventListener('DOMContentLoaded', resume, { once: true }));
  }
  const encoder = new TextEncoder();
  const scripts = page.querySelectorAll<HTMLScriptElement>('script[data-hone]');
  for (const [i, script] of scripts.entries()) {
    const { hone: kind = '', crc = '' } = script.dataset;
    yield { kind, crc, text: encoder.encode(script.textContent) };
    script.remove();
    if (i % STRIDE === 0) await turnOfThePage();
  }
}
