/**
 * `npm run verify:export [-- llama|qwen2|qwen3|smollm2 …] [--adapter FOLDER] [--keep]`: writes every export of a tuned decoder
 * and proves it with the tools that it is for. The adapter is random, or that of a PEFT folder which the page wrote. The tools: PEFT, transformers, gguf (from PyPI, in a Python environment of their own) and llama.cpp
 * (node-llama-cpp from npm). Prints export, tool, rows, largest difference, tolerance, ok; a planted fault is ok when it is
 * found. The packages are fetched on first use into .cache/verify-export. Exits with 1 when a line falls short.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPython } from './models/wheel.mjs';
import { openTypeScript } from './typescript.mjs';

const PYTHON_PACKAGES = ['torch', 'transformers==5.23.0', 'peft==0.21.0', 'safetensors==0.8.0', 'gguf==0.19.0'];
const LLAMA_CPP = ['node-llama-cpp@3.22.0', `@node-llama-cpp/${process.platform}-${process.arch}@3.22.0`];
const MODELS = ['llama', 'qwen2', 'qwen3', 'smollm2'];

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const cache = join(root, '.cache/verify-export');
const strings = join(root, 'tests/fixtures/tokenizer-strings.jsonl');

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'boolean', default: false }, adapter: { type: 'string' } },
});
const unknown = asked.filter((name) => !MODELS.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Choose from ${MODELS.join(', ')}, or none for all.`);
  process.exit(2);
}

const python = await pythonWithPackages();
const packages = await llamaCpp();
const work = mkdtempSync(join(tmpdir(), 'hone-exports-'));
const vite = await openTypeScript();
let failed = 0;
try {
  const { writeExports } = await vite.ssrLoadModule('/scripts/verify-export/write.ts');
  for (const name of asked.length > 0 ? asked : MODELS) {
    const folder = join(work, name);
    await writeExports(name, folder, options.adapter);
    // The strings' ids are those of SmolLM2's tokenizer.
    const more = name === 'smollm2' ? [strings] : [];
    await checks(name, python, [join(here, 'verify-export/check.py'), folder, ...more]);
    await checks(name, process.execPath, [join(here, 'verify-export/llama-cpp.mjs'), folder, packages, ...more]);
    if (!options.keep) rmSync(folder, { recursive: true });
  }
} finally {
  await vite.close();
  if (options.keep) console.log(`The exports are in ${work}.`);
  else rmSync(work, { recursive: true, force: true });
}
console.log(failed > 0 ? `\n${failed} fell short.` : '\nAll as they should be.');
process.exit(failed > 0 ? 1 : 0);

/** Runs a program that prints a JSON line for each check. */
async function checks(model, command, parameters) {
  // Threads that spin while they wait take each other's time where the machine has other work.
  const env = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', ...(model === 'smollm2' ? {} : { OMP_NUM_THREADS: '1' }) };
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('close', done));
  let lines = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith('{')) continue;
    lines++;
    print(model, JSON.parse(text));
  }
  const code = await ended;
  if (code === 0 && lines > 0) return;
  failed++;
  console.log(`FAILED  ${model}: ${parameters[0]} ended with ${code}\n${said.slice(-3000)}`);
}

function print(model, { export: name, tool, rows, difference, tolerance, control, ok }) {
  if (!ok) failed++;
  const what = `${model.padEnd(8)} ${name.padEnd(28)} ${(control ? `[fault] ${tool}` : tool).padEnd(48)}`;
  const wanted = control ? `> ${tolerance}` : `≤ ${tolerance}`;
  console.log(
    `${ok ? 'ok    ' : 'FAILED'}  ${what} ${String(rows).padStart(4)} rows  ${difference.toPrecision(2)} ${wanted}`,
  );
}

async function pythonWithPackages() {
  const folder = join(cache, 'python');
  const bin = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const done = join(cache, 'python.done');
  if (existsSync(done)) return bin;
  console.log(`Fetching ${PYTHON_PACKAGES.join(', ')} …`);
  mkdirSync(cache, { recursive: true });
  await run(findPython(), ['-m', 'venv', folder]);
  await run(bin, ['-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES]);
  writeFileSync(done, PYTHON_PACKAGES.join('\n'));
  return bin;
}

/** Without the builds for other machines and graphics cards, and without running what packages would at their install. */
async function llamaCpp() {
  const folder = join(cache, 'node');
  if (existsSync(join(folder, 'node_modules/node-llama-cpp'))) return folder;
  console.log(`Fetching ${LLAMA_CPP.join(', ')} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const options = ['--prefix', folder, '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, ...LLAMA_CPP]);
  return folder;
}

function run(command, parameters) {
  return new Promise((done, failedToRun) => {
    const child = spawn(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', failedToRun);
    child.on('close', (code) => (code === 0 ? done() : failedToRun(new Error(`${command} ended with ${code}.`))));
  });
}
