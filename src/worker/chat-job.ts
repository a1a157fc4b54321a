/** A talk with the model of a run of written answers, as it came and tuned. What is open stays so for the next question. */
import { AppError } from '../core/errors';
import type { ChatAnswer, ChatAnswers, ChatQuestion, ChatWay } from '../core/run/chat';
import type { Backend } from '../core/settings/settings';
import { chatReaderOf } from '../core/text/chat-reader';
import { type ChatReader, encodePrompt } from '../core/text/examples';
import { adapterWeights } from '../engine/adapters/adapter';
import type { Device } from '../engine/device/select';
import { nextTurn } from '../engine/fit/pace';
import { type Answer, generate } from '../engine/generate/generate';
import type { Decoder } from '../engine/models/decoder';
import { placeDecoder, readDecoder } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { getAdapter } from '../storage/runs';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice, proveWriting } from './open-device';

interface Warm {
  key: string;
  device: Device;
  reader: ChatReader;
  decoders: Record<ChatWay, Decoder>;
}

/** An answer needs room for at least so many tokens. */
const LEAST_ROOM = 1;

export class ChatJob {
  readonly #ports: JobPorts;
  #warm: Warm | null = null;

  constructor(ports: JobPorts) {
    this.#ports = ports;
  }

  /**
   * Answers in each way that is asked for, one after the other, and tells the text as it is written. Stopped, it gives what
   * there is. Throws `not-found` when the run kept no adapter.
   */
  async answer(requestId: string, question: ChatQuestion, backend: Backend, signal: AbortSignal): Promise<ChatAnswers> {
    const { post, elapsed } = this.#ports;
    const { runId, ways, conversations, decoding, stop } = question;
    const warm = await this.#warmUp(runId, backend, signal);
    const { device, reader, decoders } = warm;
    const answers: ChatAnswers = {};
    for (const way of ways) {
      const decoder = decoders[way];
      const prompt = encodePrompt(reader, conversations[way]);
      const room = decoder.config.maxPositions - prompt.length;
      if (room < LEAST_ROOM) {
        throw new AppError(
          'data-unusable',
          `The talk has ${prompt.length} tokens, and the model reads ${decoder.config.maxPositions}. Begin a new one.`,
        );
      }
      const startedMs = elapsed();
      const maxNewTokens = Math.min(decoding.maxNewTokens, room);
      const onToken = ({ text }: { text: string }): void => {
        if (text !== '') post({ type: 'chat-text', requestId, way, text });
      };
      // A stop that came with the messages is heard between two tokens.
      const turn = async (): Promise<boolean> => {
        await nextTurn();
        return !signal.aborted;
      };
      const settings = { ...decoding, maxNewTokens, stop };
      const [written] = await onDevice(device, null, () =>
        generate(decoder, reader.tokenizer, [prompt], settings, { onToken, turn }),
      );
      device.guard.check();
      if (!written) break;
      answers[way] = answerOf(written, {
        promptTokens: prompt.length,
        seconds: (elapsed() - startedMs) / 1000,
        isRoom: maxNewTokens < decoding.maxNewTokens,
      });
      if (signal.aborted) break;
    }
    return answers;
  }

  async #warmUp(runId: string, backend: Backend, signal: AbortSignal): Promise<Warm> {
    const { database, modelFiles } = this.#ports;
    const key = `${backend} ${runId}`;
    if (this.#warm?.key === key) return this.#warm;
    this.#cool();
    const adapter = await getAdapter(database, runId);
    if (!adapter) {
      throw new AppError(
        'not-found',
        'This run kept no adapter to talk to. Train it to the end, or choose another run.',
      );
    }
    const device = await openDevice(this.#ports, backend);
    await proveWriting(this.#ports, device);
    const source = modelFiles(adapter.modelId, {});
    const model = await readDecoder({ read: (file, stop) => source.read(file, stop) }, { signal });
    if (model.manifest.sha256 !== adapter.modelSha256) {
      throw new AppError(
        'model-damaged',
        'The adapter of this run was trained on other weights than this version has. Train it again.',
      );
    }
    const base = placeDecoder(model);
    const { lora, tensors } = adapter;
    const tuned = { ...base, weights: new Map([...base.weights, ...adapterWeights(tensors)]), lora };
    const reader = chatReaderOf(model.manifest.tokenizer, model.tokenizerJson);
    this.#warm = { key, device, reader, decoders: { base, tuned } };
    return this.#warm;
  }

  /** Gives the last run's tensors back. */
  #cool(): void {
    if (this.#warm) disposeWeights(this.#warm.decoders.tuned.weights);
    this.#warm = null;
  }
}

function answerOf(
  { text, ids, end }: Answer,
  { promptTokens, seconds, isRoom }: { promptTokens: number; seconds: number; isRoom: boolean },
): ChatAnswer {
  const ended = end === 'cancelled' ? 'stopped' : end === 'length' ? (isRoom ? 'context' : 'limit') : 'end';
  return { text, tokens: ids.length, promptTokens, ended, tokensPerSecond: ids.length / Math.max(1e-3, seconds) };
}
