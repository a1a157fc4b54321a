import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { Keeper } from '../../src/service/keeper';
import { MemoryCaches } from '../helpers/caches';

const scope = 'https://example.org/hone/';
const first = { '': '<html>1', 'theme.js': 'theme', 'assets/index-A.js': 'one', 'assets/same-S.js': 'same' };
const second = { '': '<html>2', 'theme.js': 'theme', 'assets/index-B.js': 'two', 'assets/same-S.js': 'same' };

let caches: MemoryCaches;
/** What the server holds, by path. */
let server: Record<string, string>;
let asked: string[];

beforeEach(() => {
  caches = new MemoryCaches();
  server = first;
  asked = [];
});

function keeper(build: string, files: Record<string, string>, at = scope) {
  return new Keeper({
    caches,
    async ask(address) {
      const path = address.slice(at.length);
      asked.push(path);
      const body = server[path];
      return body === undefined ? new Response('', { status: 404 }) : new Response(body);
    },
    scope: at,
    build,
    files: Object.entries(files).map(([path, body]) => ({
      path,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    })),
  });
}
const pathOf = (keeper: Keeper, path: string, mode: RequestMode = 'cors', method = 'GET') =>
  keeper.pathOf({ method, mode, url: scope + path });
const textOf = async (keeper: Keeper, path: string) => (await keeper.answer(path)).text();
const page = (entry: string) => [`${scope}assets/${entry}`];

describe('the files of a build', () => {
  test('are answered without the server once they are kept', async () => {
    const one = keeper('1', first);
    await one.keepAll();
    expect(await one.kept()).toEqual({ bytes: 19, missing: 0 });
    server = {};
    asked = [];
    expect(await textOf(one, '')).toBe('<html>1');
    expect(await textOf(one, 'assets/index-A.js')).toBe('one');
    expect(asked).toEqual([]);
  });

  test('are not taken from a server that holds another build, whole or in part', async () => {
    server = second;
    await expect(keeper('1', first).keepAll()).rejects.toThrow(/not the one of this build|404/);
    server = { ...first, '': '<html>2' };
    await expect(keeper('1', first).keepAll()).rejects.toThrow(/the page .*not the one of this build/);
  });

  test('that are the same in the next build are not fetched again', async () => {
    await keeper('1', first).keepAll();
    server = second;
    asked = [];
    await keeper('2', second).keepAll();
    expect(asked.sort()).toEqual(['', 'assets/index-B.js']);
  });

  test('that the browser threw away are said to be missing, and asked for again', async () => {
    const one = keeper('1', first);
    await one.keepAll();
    await caches.delete('hone /hone/ 1');
    expect(await one.kept()).toEqual({ bytes: 0, missing: 4 });
    expect(await textOf(one, 'theme.js')).toBe('theme');
    await one.keepAll();
    expect((await one.kept()).missing).toBe(0);
  });
});

test('only the own files are answered: no other page, no other method, not the model', () => {
  const one = keeper('1', first);
  expect(pathOf(one, '', 'navigate')).toBe('');
  expect(pathOf(one, 'index.html?from=mail#/data', 'navigate')).toBe('');
  expect(pathOf(one, 'theme.js')).toBe('theme.js');
  // Of an older build that is still open.
  expect(pathOf(one, 'assets/index-0.js')).toBe('assets/index-0.js');
  expect(pathOf(one, 'other/', 'navigate')).toBeNull();
  expect(pathOf(one, 'theme.js', 'cors', 'POST')).toBeNull();
  expect(pathOf(one, 'models/all-MiniLM-L6-v2/manifest.json')).toBeNull();
  expect(one.pathOf({ method: 'GET', mode: 'cors', url: 'https://elsewhere.org/hone/theme.js' })).toBeNull();
});

describe('after the next build took over', () => {
  let two: Keeper;
  beforeEach(async () => {
    await keeper('1', first).keepAll();
    server = second;
    two = keeper('2', second);
    await two.keepAll();
  });

  test('a page of the old one finds its files, gone from the server', async () => {
    await two.dropUnneeded([page('index-B.js'), page('index-A.js')]);
    expect(await textOf(two, 'assets/index-A.js')).toBe('one');
    expect(await textOf(two, '')).toBe('<html>2');
  });

  test('the old files go with the last page that names them', async () => {
    await two.dropUnneeded([page('index-B.js'), page('same-S.js')]);
    expect(await caches.keys()).toEqual(['hone /hone/ 2']);
    expect((await two.answer('assets/index-A.js')).status).toBe(404);
  });

  test('what another page of the same origin keeps is left alone', async () => {
    await caches.open('hone / 7');
    await caches.open('hone /hone/next/ 7');
    await caches.open('somebody else');
    await two.dropUnneeded([]);
    expect(await caches.keys()).toEqual(['hone /hone/ 2', 'hone / 7', 'hone /hone/next/ 7', 'somebody else']);
  });
});

test('a server that redirects or compresses gives what may answer a navigation', async () => {
  const kept = keeper('1', { '': 'page' });
  const redirected = new Response('page', { headers: { 'content-encoding': 'gzip', 'x-kept': 'yes' } });
  Object.defineProperty(redirected, 'redirected', { value: true });
  server = { '': 'page' };
  const ports = { caches, scope, build: '1', ask: async () => redirected };
  const sha256 = createHash('sha256').update('page').digest('hex');
  await new Keeper({ ...ports, files: [{ path: '', bytes: 4, sha256 }] }).keepAll();
  const answer = await kept.answer('');
  expect(answer.redirected).toBe(false);
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect(answer.headers.get('x-kept')).toBe('yes');
});
