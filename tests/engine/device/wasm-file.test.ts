import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { demandWasmFile } from '../../../src/engine/device/wasm-file';

afterEach(() => vi.unstubAllGlobals());

const URL = 'https://example.org/assets/tfjs-backend-wasm-simd-Bx1.wasm';
const serve = (answer: (init: RequestInit) => Promise<Response>): void => {
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => answer(init));
};
const words = (why: RegExp) => ({ code: 'no-wasm', message: expect.stringMatching(why) as string });

test('a file that is there and whole is no fault', async () => {
  const whole = readFileSync('node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm');
  serve(() => Promise.resolve(new Response(whole)));
  await demandWasmFile(URL);
});

test('one that is missing, blocked, broken, or never comes is named with the reason, what is safe and what to do', async () => {
  serve(() => Promise.resolve(new Response('not here', { status: 404 })));
  await expect(demandWasmFile(URL)).rejects.toMatchObject(
    words(/\(tfjs-backend-wasm-simd-Bx1\.wasm\).*answered 404.*saved is safe.*Reload/),
  );
  serve(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(demandWasmFile(URL)).rejects.toMatchObject(words(/the connection failed/));
  serve(() => Promise.resolve(new Response('<!doctype html>')));
  await expect(demandWasmFile(URL)).rejects.toMatchObject(words(/not what belongs there/));
  serve(
    ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))),
  );
  await expect(demandWasmFile(URL, 20)).rejects.toMatchObject(words(/nothing came/));
});
