/** Installs what the engine is measured against, on first use, beside the bench and never into the project. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../scripts/setup.mjs';

const folder = join(root, 'bench', 'peers');

export function ensurePeers() {
  const stamp = join(folder, 'node_modules', '.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('Installing onnxruntime-web to measure against (MIT, 150 MB on the disk) …');
  // Its output would stand before the JSON.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
