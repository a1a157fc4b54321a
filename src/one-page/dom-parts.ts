/** The parts of the page that this script stands in, in their order, while the browser still reads it. Each leaves the document. */
import type { PagePart } from '../core/export/one-page/page-parts';
import { turnOfThePage } from '../ui/parts/turn';

/** Parts that are read between two turns of the page. */
const STRIDE = 4;

/** To the end of the file. */
export async function* domParts(page: Document): AsyncGenerator<PagePart> {
  const encoder = new TextEncoder();
  for (let read = 0; ;) {
    const isWhole = page.readyState !== 'loading';
    for (const script of page.querySelectorAll<HTMLScriptElement>('script[data-hone]')) {
      // What nothing follows yet may not be there to its end.
      if (!isWhole && script.nextSibling === null) break;
      const { hone: kind = '', crc = '' } = script.dataset;
      yield { kind, crc, text: encoder.encode(script.textContent) };
      script.remove();
      if (++read % STRIDE === 0) await turnOfThePage();
    }
    if (isWhole) return;
    await turnOfThePage();
  }
}
