/** Threads for the engine's pool in Node, for tests and benches. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import type { RunThreads } from '../../src/engine/run/run-threads';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Beneath node_modules, where the packages that it imports are found. */
const FOLDER = `${root}node_modules/.cache/hone-pool-${process.pid}`;

const scripts = new Map<string, Promise<string>>();

/** `count` threads, this one included; `entry` is what they run, from the root of the repository. */
export async function nodeThreads(count: number, entry = 'tests/helpers/pool-thread.ts'): Promise<RunThreads> {
  const script = scripts.get(entry) ?? bundle(entry, `${FOLDER}/${scripts.size}`);
  scripts.set(entry, script);
  const file = await script;
  return {
    count,
    lanes: count,
    wasmUrl: null,
    start({ onMessage, onError }) {
      const worker = new Worker(file);
      worker.on('message', onMessage);
      worker.on('error', (error) => onError(error instanceof Error ? error.message : String(error)));
      return {
        post: (message, transfer) => worker.postMessage(message, transfer),
        end: () => void worker.terminate(),
      };
    },
  };
}

/** A thread of Node reads no TypeScript. */
async function bundle(entry: string, folder: string): Promise<string> {
  process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: `${root}${entry}`,
      outDir: folder,
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'thread.mjs' } },
    },
  });
  return `${folder}/thread.mjs`;
}
