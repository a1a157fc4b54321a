/**
 * Measures the engine and prints one JSON; progress goes to stderr. Each part runs in a process of its own, so that
 * none sees another's buffers. A part that cannot run leaves its figures out as null and says why in `notes`.
 *
 *   npm run bench                     everything, 10 to 20 minutes in software
 *   npm run bench -- --quick          about a minute: smaller shapes, said in the result
 *   npm run bench -- --only step      one part: step, growth, bits, wasm, reading, embed, generation, flops, estimate, pytorch
 *   npm run bench -- --pack DIR       a folder to take to a machine with a GPU, see pack.mjs
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTypeScript } from '../scripts/typescript.mjs';
import { ensurePeers } from './peers.mjs';

/** In their order; `stock`: plain tfjs with its own gradients, which Node reaches only in tfjs's ESM build. */
const PARTS = {
  step: { file: '/bench/step.ts', stock: true },
  growth: { file: '/bench/growth.ts' },
  bits: { file: '/bench/bits.ts' },
  wasm: { file: '/bench/wasm.ts' },
  reading: { file: '/bench/reading.ts' },
  embed: { file: '/bench/embed.ts', peers: true },
  generation: { file: '/bench/generation.ts', peers: true },
  flops: { file: '/bench/flops.ts' },
  estimate: { file: '/bench/estimate.ts' },
  pytorch: { file: '/bench/pytorch.ts' },
};

/** Keys that others read are always there: null where nothing was measured. */
const EMPTY = {
  dispatches: { step: null, forward: null },
  bytes: { peak_ratio: null, growth_after_300: null },
  ratio: { software_step: null, wasm_embed_vs_onnxruntime: null },
  seconds: { wasm_step: null },
  differing_bits: { same_seed: null, resume: null },
};

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, run: { type: 'string' }, pack: { type: 'string' } },
});
const quick = options.quick === true;
if (options.pack) await (await import('./pack.mjs')).pack(options.pack);
else if (options.run) await runPart(options.run);
else await runAll();

async function runAll() {
  const chosen = options.only === undefined ? Object.keys(PARTS) : options.only.split(',');
  const unknown = chosen.find((name) => !(name in PARTS));
  if (unknown !== undefined) {
    console.error(`No part «${unknown}». Expected one of ${Object.keys(PARTS).join(', ')}.`);
    process.exit(2);
  }
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  let result = { hone: version, quick, machine: machine(), ...EMPTY };
  const notes = [];
  for (const name of chosen) {
    console.error(`\n${name}`);
    try {
      if (PARTS[name].peers) ensurePeers();
      result = join(result, await partResult(name));
    } catch (error) {
      notes.push(`${name}: ${error.message}`);
      console.error(error.message);
    }
  }
  console.log(JSON.stringify({ ...result, notes }, null, 2));
  process.exit(notes.length > 0 ? 1 : 0);
}

/** Runs a part in a child; its stdout is its result. */
function partResult(name) {
  const args = [fileURLToPath(import.meta.url), '--run', name, ...(quick ? ['--quick'] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (piece) => (out += piece));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`ended with ${code}; see its messages above`));
    });
  });
}

async function runPart(name) {
  const { file, stock } = PARTS[name];
  // tfjs's ESM build asks for Node's own modules by `require`.
  if (stock) globalThis.require = createRequire(import.meta.url);
  const vite = await openTypeScript(stock ? { ssr: { noExternal: [/^@tensorflow\//] } } : {});
  const { run } = await vite.ssrLoadModule(file);
  const startedMs = performance.now();
  const fragment = await run({ quick, tell: (line) => console.error(`  ${line}`) });
  console.error(`  ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  await new Promise((resolve) => process.stdout.write(JSON.stringify(fragment), resolve));
  // Dawn's device and pools of threads would keep the process alive.
  process.exit(0);
}

/** Joins objects by their keys; the later one wins. */
function join(a, b) {
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const joined = { ...a };
  for (const [key, value] of Object.entries(b)) {
    joined[key] = isObject(value) && isObject(joined[key]) ? join(joined[key], value) : value;
  }
  return joined;
}

function machine() {
  const [busy] = loadavg();
  return {
    processor: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    // Programs that wanted a core in the last minute, before this began: 0 on a quiet machine.
    load_before: Number(busy.toFixed(2)),
    node: process.versions.node,
  };
}
