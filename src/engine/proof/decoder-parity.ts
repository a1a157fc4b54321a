/**
 * Two decoders on the same texts, compared at every place: layer by layer, each layer's weights placed for both, used and let
 * go, so that a model is compared with its file without standing in memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LoraConfig } from '../../core/models/lora';
import type { RowDifference } from '../../core/export/parity';
import { inferenceBatches, padBatch, type TokenBatch } from '../../core/text/batches';
import { readValues } from '../device/read';
import { FORWARD_TOKENS } from '../fit/budget';
import { type DecoderArchitecture, outputTable } from '../models/decoder';
import { disposeWeights, type Weights } from '../models/weights';
import { logitsOf } from '../ops/chunked-cross-entropy';
import { selectRows } from '../ops/select-rows';

/** A decoder whose weights are placed when they are asked for. */
export interface LayeredDecoder extends DecoderArchitecture {
  lora?: LoraConfig | undefined;
  /** Parameters by the engine's names, and the matrices of an adapter that stand on them: the caller's. */
  place(names: readonly string[]): Promise<Weights>;
}

export interface CompareOptions {
  /** Between two pieces of work: may throw, which ends it. */
  turn?: (() => Promise<void>) | undefined;
  /** Share that is done. */
  onProgress?: ((share: number) => void) | undefined;
}

/** Places whose logits stand in memory together, for both. */
const PLACES = 64;

/**
 * What each makes of each text, in the order of the texts. One that is the other as well, since it has the same values, is
 * computed once.
 */
export async function compareDecoders(
  reference: LayeredDecoder,
  other: LayeredDecoder,
  texts: readonly Int32Array[],
  { turn = () => Promise.resolve(), onProgress }: CompareOptions = {},
): Promise<RowDifference[]> {
  const batches = inferenceBatches(
    texts.map(({ length }) => length),
    { maxTokens: FORWARD_TOKENS },
  ).map((rows) => ({ rows, batch: padBatch(rows.map((row) => texts[row] ?? new Int32Array())) }));
  const ours = new LayeredPass(reference);
  const theirs = other === reference ? ours : new LayeredPass(other);
  const passes = [...new Set([ours, theirs])];
  try {
    for (const pass of passes) await pass.begin(batches.map(({ batch }) => batch));
    const { layers } = reference.config;
    for (let layer = 0; layer < layers; layer++) {
      for (const pass of passes) {
        await turn();
        await pass.layer(layer);
      }
      onProgress?.((layer + 1) / (layers + 1));
    }
    const found: RowDifference[] = texts.map(({ length }) => ({
      places: length,
      difference: 0,
      largest: 0,
      same: new Uint8Array(length),
    }));
    for (const [i, { rows, batch }] of batches.entries()) {
      for (const [place, row] of rows.entries()) {
        const one = found[row];
        for (let from = 0; one !== undefined && from < one.places; from += PLACES) {
          await turn();
          const count = Math.min(PLACES, one.places - from);
          const at = Int32Array.from({ length: count }, (_, j) => place * batch.tokens + from + j);
          const logits = await ours.logits(i, at);
          compareLogits(one, from, logits, theirs === ours ? logits : await theirs.logits(i, at));
        }
      }
    }
    onProgress?.(1);
    return found;
  } finally {
    for (const pass of passes) pass.dispose();
  }
}

function compareLogits(row: RowDifference, from: number, a: Float32Array, b: Float32Array): void {
  const places = Math.min(PLACES, row.places - from);
  const width = a.length / places;
  for (let place = 0; place < places; place++) {
    let [first, second] = [0, 0];
    let [most, theirMost] = [-Infinity, -Infinity];
    for (let word = 0, i = place * width; word < width; word++, i++) {
      const [x = NaN, y = NaN] = [a[i], b[i]];
      const apart = Math.abs(x - y);
      // Not a number is as far apart as can be.
      if (!(apart <= row.difference)) row.difference = Number.isNaN(apart) ? Infinity : apart;
      row.largest = Math.max(row.largest, Math.abs(x));
      if (x > most) [most, first] = [x, word];
      if (y > theirMost) [theirMost, second] = [y, word];
    }
    row.same[from + place] = first === second ? 1 : 0;
  }
}

/** One decoder's way through its layers. */
class LayeredPass {
  readonly #decoder: LayeredDecoder;
  /** What belongs to no layer: tables and the last norm. */
  #outer: Weights = new Map();
  #batches: readonly TokenBatch[] = [];
  #states: tf.Tensor[] = [];

  constructor(decoder: LayeredDecoder) {
    this.#decoder = decoder;
  }

  async begin(batches: readonly TokenBatch[]): Promise<void> {
    const { family, config } = this.#decoder;
    this.#batches = batches;
    this.#outer = await this.#decoder.place(family.allNames(config).filter((name) => layerOf(name) === null));
    this.#states = batches.map((batch) => tf.tidy(() => family.embed(config, this.#outer, batch)));
  }

  async layer(layer: number): Promise<void> {
    const { family, config, lora } = this.#decoder;
    const weights = await this.#decoder.place(family.allNames(config).filter((name) => layerOf(name) === layer));
    try {
      this.#states = this.#states.map((before, i) => {
        const batch = this.#batches[i];
        if (batch === undefined) return before;
        const after = tf.tidy(() =>
          family.runLayers(config, weights, before, batch, layer, layer + 1, undefined, lora),
        );
        before.dispose();
        return after;
      });
      // A GPU is not to be handed all layers before the first is done.
      const [first] = this.#states;
      if (first) await readOne(first);
    } finally {
      disposeWeights(weights);
    }
  }

  /** Logits at some places of a batch, [places, vocabulary]. */
  async logits(batch: number, rows: Int32Array): Promise<Float32Array> {
    const { family, config } = this.#decoder;
    const states = this.#states[batch];
    if (states === undefined) return new Float32Array();
    const logits = tf.tidy(() => {
      const last = family.finish(config, this.#outer, selectRows(states, rows));
      return logitsOf(last, outputTable({ ...this.#decoder, weights: this.#outer }));
    });
    try {
      return await readValues(logits);
    } finally {
      logits.dispose();
    }
  }

  dispose(): void {
    for (const states of this.#states) states.dispose();
    disposeWeights(this.#outer);
  }
}

async function readOne(states: tf.Tensor): Promise<void> {
  const one = tf.tidy(() => tf.slice(states, 0, 1));
  await readValues(one);
  one.dispose();
}

/** The layer that a parameter belongs to: their files number them. */
function layerOf(name: string): number | null {
  const [, layer] = /\.layers\.(\d+)\./.exec(name) ?? [];
  return layer === undefined ? null : Number(layer);
}
