/**
 * Many batches through the encoder, on as many threads as there are and are worth starting. This thread works too.
 * Every batch is computed by the same arithmetic wherever it is, so that the number of threads changes no bit.
 */
import type { TokenBatch } from '../../core/text/batches';
import type { Encoder } from '../models/encoder';
import { currentPath } from '../ops/path';
import type { Pace } from '../fit/pace';
import { Crew } from './crew';
import { forward } from './forward';
import type { Depth, Threads } from './threads';

/** A further thread for every so many batches, each about a second of work: starting one takes half of that. */
const BATCHES_A_THREAD = 2;

export interface ForwardPlan {
  encoder: Encoder;
  batches: readonly TokenBatch[];
  depth: Depth;
  pace: Pace;
  /** Go on after a stop. */
  finishing?: boolean;
  /** Without any, this thread does it all. */
  threads?: Threads | undefined;
  /** Takes the values of a batch, each once, in any order, and is waited for: see `forward` for their shape. */
  onValues(index: number, values: Float32Array): void | Promise<void>;
  /** True when what is left need not be computed. */
  isEnough?(): boolean;
  /** Told when a thread fails. */
  onLog?: ((message: string) => void) | undefined;
}

/** False when stopped. Throws what the pace throws, within one batch. */
export async function forwardAll(plan: ForwardPlan): Promise<boolean> {
  const { encoder, batches, depth, pace, finishing = false, onValues } = plan;
  const { isEnough = () => false, onLog = () => undefined } = plan;
  const missing = new Set(batches.keys());
  const take = async (index: number, values: Float32Array): Promise<void> => {
    if (missing.delete(index)) await onValues(index, values);
  };
  const crew = new Crew(batches, depth, onLog);
  try {
    await startHelpers(crew, plan);
    while (missing.size > 0 && !isEnough()) {
      if (!(await pace.goOn(finishing))) return false;
      for (const { index, values } of crew.collect()) await take(index, values);
      crew.deal();
      const index = crew.take() ?? crew.takeOver();
      const batch = batches[index ?? -1];
      if (index !== null && batch !== undefined) {
        const values = await forward(encoder, batch, depth);
        pace.checkDevice();
        await take(index, values);
      } else if (missing.size > 0) await crew.news();
    }
    return true;
  } finally {
    crew.end();
  }
}

async function startHelpers(crew: Crew, { encoder, batches, threads }: ForwardPlan): Promise<void> {
  const path = currentPath();
  if (threads === undefined || path.kind !== 'wasm') return;
  const count = Math.min(threads.count, Math.floor(batches.length / BATCHES_A_THREAD)) - 1;
  if (count > 0) await crew.start(threads, count, encoder, path.heap);
}
