/** The classifier of the page: read from its parts, brought to the processor, asked. */
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { AppError } from '../core/errors';
import type { PageFacts } from '../core/export/one-page/page-index';
import { type PagePart, readPage } from '../core/export/one-page/page-parts';
import { encodersOfModels, type TextAnswerer } from '../engine/tasks/classification/answer-texts';
import { pageClassifier } from '../engine/tasks/classification/page-classifier';
import { initBackend } from '../engine/device/select';

/** Answers to some texts, as the screen Try has them; there is no other model to set beside this one. */
export interface Answers {
  labels: string[];
  /** [texts][labels] */
  tuned: number[][];
  base: number[][];
  tokens: number[];
  cut: boolean[];
  elapsedMs: number;
}

export interface AskOptions {
  signal: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** What is in the page, ready to answer. */
export interface OpenPage {
  facts: PageFacts & { encoders: string[]; parity: unknown };
  labels: readonly string[];
  ask(texts: string[], options: AskOptions): Promise<Answers>;
}

/** Throws `model-damaged` where the file is not whole, `no-wasm` where the browser cannot compute it. */
export async function openPage(
  parts: AsyncIterable<PagePart>,
  onProgress: (done: number, total: number) => void,
): Promise<OpenPage> {
  const [{ index, streams, parity }, { guard }] = await Promise.all([
    readPage(parts, onProgress),
    initBackend('wasm', { wasmUrl }),
  ]);
  const page = pageClassifier({ index, streams });
  const answerer = await page.open(guard);
  const { labels, head } = page.kept;
  const used = encodersOfModels(index.first, [{ ...page.kept, head }]);
  return {
    facts: {
      ...index,
      parity,
      encoders: index.encoders.filter(({ id }) => used.includes(id)).map(({ title }) => title),
    },
    labels,
    ask: (texts, options) => ask(answerer, labels, texts, options),
  };
}

async function ask(
  answerer: TextAnswerer,
  labels: readonly string[],
  texts: readonly string[],
  { signal, onProgress }: AskOptions,
): Promise<Answers> {
  const started = performance.now();
  const { probabilities, tokens, cut } = await answerer.answer(texts, {
    signal,
    onTexts: (done) => onProgress?.(done, texts.length),
  });
  if (signal.aborted) throw new AppError('cancelled', 'Answering was stopped.');
  const [values = new Float32Array()] = probabilities;
  return {
    labels: [...labels],
    tuned: texts.map((_, i) => Array.from(values.subarray(i * labels.length, (i + 1) * labels.length))),
    base: [],
    tokens,
    cut,
    elapsedMs: performance.now() - started,
  };
}
