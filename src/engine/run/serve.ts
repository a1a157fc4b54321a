/**
 * A thread's side of the pool: holds an encoder of its own and computes the batches or folds that it is given, one after the
 * other; or a decoder, and does its share of a crew's work.
 */
import { AppError, toErrorData } from '../../core/errors';
import { initBackend } from '../device/select';
import type { Encoder } from '../models/encoder';
import { findEncoderFamily } from '../models/registry';
import { type Weights, writeArrays } from '../models/weights';
import { WordRows } from '../models/word-rows';
import { forward } from '../threads/forward';
import { closeFold, openFolds } from '../tasks/classification/folds';
import { answerCrewWork, type AnswerTask } from '../tasks/generation/jobs';
import type { CrewSignal } from '../threads/decoder-messages';
import { type CrewOrder, DecoderServer } from '../threads/decoder-server';
import { LaneServer, type Signal } from './lane-server';
import type { EncoderCopy } from '../threads/threads';
import type { FromRunThread, ToRunThread } from './run-threads';

/** Gives the function that takes a thread's messages; answers go to `post`. After a failure nothing more is computed. */
export function serve(post: (answer: FromRunThread, transfer: ArrayBuffer[]) => void): (message: ToRunThread) => void {
  let encoder: Encoder | null = null;
  const lane = new LaneServer({ open: openFolds, close: closeFold }, post);
  const crew = new DecoderServer<AnswerTask>(answerCrewWork, post);
  let failed = false;
  let last: Promise<void> = Promise.resolve();

  const obey = async (message: Exclude<ToRunThread, { type: Signal | CrewSignal['type'] }>): Promise<void> => {
    if (message.type === 'open') {
      await initBackend('wasm', message.wasmUrl === null ? {} : { wasmUrl: message.wasmUrl });
      encoder = placeCopy(message.encoder);
      return;
    }
    if (isCrewOrder(message)) return crew.obey(message);
    if (encoder === null) throw new AppError('internal', 'A thread was given texts before the encoder.');
    if (message.type !== 'forward') return lane.obey(message, encoder);
    const { index, batch, depth } = message;
    const values = await forward(encoder, batch, depth);
    post({ type: 'values', index, values }, [values.buffer]);
  };

  post({ type: 'started' }, []);
  return (message) => {
    // These are for the fold under way, which is what the others wait for.
    if (message.type === 'keep' || message.type === 'hold' || message.type === 'go') return lane.hear(message.type);
    if (message.type === 'skip' || message.type === 'drop') return crew.hear(message);
    last = last
      .then(() => (failed ? undefined : obey(message)))
      .catch((error: unknown) => {
        failed = true;
        post({ type: 'failed', error: toErrorData(error) }, []);
      });
  };
}

function isCrewOrder(message: ToRunThread): message is CrewOrder<AnswerTask> {
  const { type } = message;
  return type === 'open-decoder' || type === 'adapter' || type === 'gradients' || type === 'ask';
}

function placeCopy({ family: id, config, weights: arrays, words }: EncoderCopy): Encoder {
  const family = findEncoderFamily(id);
  const weights: Weights = new Map();
  writeArrays(weights, arrays);
  return {
    family,
    config: family.parseConfig(config),
    weights,
    words: words ? new WordRows(words, config.vocabSize) : undefined,
  };
}
