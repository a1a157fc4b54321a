/** A thread that helps the training worker on the CPU. What it does stands in engine/run/serve.ts. */
import { serve } from '../engine/run/serve';
import type { ToRunThread } from '../engine/run/run-threads';

const take = serve((answer, transfer) => postMessage(answer, transfer));

addEventListener('message', ({ data }: MessageEvent<ToRunThread>) => take(data));
