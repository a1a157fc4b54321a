/** The pool's thread in Node: what `pool.worker.ts` is in a browser. Bundled and started by `threads.ts` beside it. */
import { parentPort } from 'node:worker_threads';
import { serve } from '../../src/engine/run/serve';
import type { ToRunThread } from '../../src/engine/run/run-threads';

const take = serve((answer, transfer) => parentPort?.postMessage(answer, transfer));
parentPort?.on('message', (message: ToRunThread) => take(message));
