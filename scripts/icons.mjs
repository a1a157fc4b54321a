/**
 * `node scripts/icons.mjs`: draws public/icons from the mark in public/favicon.svg, for an installed Hone. Icons that a
 * system cuts to its own shape (maskable, Apple's) fill the square and keep the mark within the middle four fifths.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './chromium.mjs';
import { root } from './setup.mjs';

/** `--paper` of src/ui/tokens.css, as `background_color` of the manifest. */
const PAPER = '#faf8f5';

const ICONS = [
  { file: '192.png', size: 192, mark: 0.66, radius: 0.2 },
  { file: '512.png', size: 512, mark: 0.66, radius: 0.2 },
  { file: 'maskable-512.png', size: 512, mark: 0.5, radius: 0 },
  { file: '180.png', size: 180, mark: 0.58, radius: 0 },
];

const mark = readFileSync(join(root, 'public/favicon.svg'), 'utf8');
const folder = join(root, 'public/icons');
mkdirSync(folder, { recursive: true });

const context = await launch({ deviceScaleFactor: 1, webgpu: false });
try {
  const page = context.pages()[0] ?? (await context.newPage());
  for (const { file, size, mark: share, radius } of ICONS) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>body{margin:0}div{display:grid;place-items:center;width:${size}px;height:${size}px;` +
        `background:${PAPER};border-radius:${radius * size}px}svg{width:${share * size}px}</style><div>${mark}</div>`,
    );
    await page.screenshot({ path: join(folder, file), omitBackground: true });
  }
} finally {
  await context.close();
}
