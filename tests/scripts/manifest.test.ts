/** What makes Hone installable, from whatever folder it lies in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Icon {
  src: string;
  sizes: string;
  type: string;
  purpose?: string;
}

const manifest = JSON.parse(readFileSync('public/manifest.webmanifest', 'utf8'));
const page = readFileSync('index.html', 'utf8');
const tokens = readFileSync('src/ui/tokens.css', 'utf8');

test('every address is relative, so that any folder of any host will do', () => {
  const icons: Icon[] = manifest.icons;
  for (const address of [manifest.id, manifest.start_url, manifest.scope, ...icons.map(({ src }) => src)]) {
    expect(address).toMatch(/^\.\//);
  }
});

test('the icons are there in the sizes that browsers ask for, one of them for systems that cut it to shape', () => {
  const icons: Icon[] = manifest.icons;
  const png = icons.filter(({ type }) => type === 'image/png');
  for (const { src, sizes } of png) {
    const bytes = readFileSync(join('public', src));
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
  }
  expect(png.map(({ sizes, purpose = 'any' }) => `${sizes} ${purpose}`).sort()).toEqual([
    '192x192 any',
    '512x512 any',
    '512x512 maskable',
  ]);
});

test('the window of the installed page has the colours of the page', () => {
  const sunk = [...tokens.matchAll(/--sunk: (#[0-9a-f]{6})/g)].map(([, colour]) => colour);
  const [light, dark] = [...page.matchAll(/name="theme-color" content="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour);
  expect([light, dark]).toEqual([sunk[0], sunk[1]]);
  expect(manifest.theme_color).toBe(light);
  expect(tokens).toContain(`--paper: ${manifest.background_color}`);
});
