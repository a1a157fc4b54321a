/** Threads for the engine's pool in Node, for tests and benches. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import type { RunThreads } from '../../src/engine/run/run-threads';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Beneath node_modules, where the packages that it imports are found. */
const FOLDER = `${root}node_modules/.cache/hone-pool-${process.pid}`;

let script: Promise<string> | undefined;

/** `count` threads, this one included. */
export async function nodeThreads(count: number): Promise<RunThreads> {
  const file = await (script ??= bundle());
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
async function bundle(): Promise<string> {
  process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: `${root}tests/helpers/pool-thread.ts`,
      outDir: FOLDER,
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'thread.mjs' } },
    },
  });
  return `${FOLDER}/thread.mjs`;
}
