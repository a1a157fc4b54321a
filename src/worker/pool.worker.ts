/** A thread that helps the training worker on the CPU. What it does stands in engine/pool. */
import { serve } from '../engine/run/serve';
import type { ToThread } from '../engine/threads/threads';

const take = serve((answer, transfer) => postMessage(answer, transfer));

addEventListener('message', ({ data }: MessageEvent<ToThread>) => take(data));
