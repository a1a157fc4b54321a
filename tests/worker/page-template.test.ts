/** What a page of its own begins with, asked of a host that has it, has not, or answers with something else. */
import { afterEach, expect, test, vi } from 'vitest';
import { pageText } from '../../scripts/one-page.mjs';
import { fetchPageTemplate } from '../../src/worker/page-template';

afterEach(() => vi.unstubAllGlobals());

const BASE = 'https://host.example/some/path/';
const { signal } = new AbortController();

function host(answer: (url: string) => Response | Promise<Response>) {
  const asked = vi.fn((url: URL) => Promise.resolve(answer(url.href)));
  vi.stubGlobal('fetch', asked);
  return asked;
}

test('it is asked for beneath the page and comes as the build wrote it', async () => {
  const text = pageText('let a = "ü";', 'p { color: red }');
  const asked = host(() => new Response(text));
  expect(new TextDecoder().decode(await fetchPageTemplate(BASE, signal))).toBe(text);
  expect(asked.mock.calls.map(([url]) => url.href)).toEqual([`${BASE}one-page.txt`]);
});

test.each([
  ['a host without it', () => new Response('no', { status: 404 }), /the server answered 404/],
  [
    'a host that answers everything with its page',
    () => new Response('<!doctype html><title>Hone</title>\n'),
    /not what belongs/,
  ],
  ['one that was cut off', () => new Response(pageText('a;', '').slice(0, -3)), /not what belongs/],
  ['no connection', () => Promise.reject(new TypeError('failed')), /the connection failed/],
])('%s: the error says what and what to do', async (_, answer, why) => {
  host(answer);
  const error: unknown = await fetchPageTemplate(BASE, signal).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'not-found', message: expect.stringMatching(why) as unknown });
  expect(error).toMatchObject({ message: expect.stringContaining('one-page.txt') as unknown });
});

test('a cancel is a cancel', async () => {
  const abort = new AbortController();
  host(() => Promise.reject(new DOMException('', 'AbortError')));
  abort.abort();
  await expect(fetchPageTemplate(BASE, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
});
