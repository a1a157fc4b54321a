/** The parts of a page that the browser is still reading: each whole, in order, and gone from the document afterwards. */
import { expect, test } from 'vitest';
import type { PagePart } from '../../../src/core/export/one-page/page-parts';
import { domParts } from '../../../src/one-page/dom-parts';

const part = (kind: string, text: string) => `<script type="application/x" data-hone="${kind}" data-crc="0a">${text}`;

function openDocument(): Document {
  const frame = document.body.appendChild(document.createElement('iframe'));
  const page = frame.contentDocument ?? expect.fail('The frame has no document.');
  page.open();
  return page;
}

test('a part is given when it is there to its end, not before; the last when the file is', async () => {
  const page = openDocument();
  const given: string[] = [];
  let isDone = false;
  const reading = (async () => {
    for await (const { kind, crc, text } of domParts(page)) {
      given.push(`${kind} ${crc} ${new TextDecoder().decode(text)}`);
    }
    isDone = true;
  })();
  const soon = () => new Promise((resume) => setTimeout(resume, 30));
  page.write(`<body><script>1</script>${part('index', 'é\n')}</script>\n${part('block', 'half')}`);
  await expect.poll(() => given).toEqual(['index 0a é\n']);
  await soon();
  expect(given).toHaveLength(1);
  page.write('more</script>\n');
  await expect.poll(() => given).toEqual(['index 0a é\n', 'block 0a halfmore']);
  page.write(`${part('parity', '{}')}</script>`);
  await soon();
  expect(isDone).toBe(false);
  page.close();
  await reading;
  expect(given.at(-1)).toBe('parity 0a {}');
  expect(page.querySelectorAll('script[data-hone]')).toHaveLength(0);
});

test('of a document that is whole all parts are given', async () => {
  const page = openDocument();
  page.write(`<body>${Array.from({ length: 9 }, (_, i) => `${part('block', String(i))}</script>\n`).join('')}`);
  page.close();
  const parts: PagePart[] = [];
  for await (const one of domParts(page)) parts.push(one);
  expect(parts.map(({ text }) => new TextDecoder().decode(text)).join('')).toBe('012345678');
});
