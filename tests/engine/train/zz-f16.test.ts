import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { readFileSync } from 'node:fs';
import { floatToHalf, halfToFloat } from '../../../src/core/formats/float16';
import { padBatch } from '../../../src/core/text/batches';
import { embed, meanPool, runLayers } from '../../../src/engine/models/bert/modeling';
import { loadModel } from '../../../src/engine/models/bert/weights';
import { startBackend } from '../../helpers/tf-node';
import { builtInModel } from '../../helpers/models';
import { sentences } from '../../../bench/sentences';

test('f16', async () => {
  await startBackend('wasm');
  const { config, weights, tokenizer } = await loadModel(builtInModel());
  const odd = readFileSync('tests/fixtures/tokenizer-strings.jsonl', 'utf8').split('\n').filter(Boolean).slice(0, 400)
    .map((l) => { const v = JSON.parse(l) as { text?: string } | string; return typeof v === 'string' ? v : (v.text ?? JSON.stringify(v)); });
  const texts = [...sentences(96), ...odd.filter((_, i) => i % 8 === 0)];
  const ids = texts.map((t) => tokenizer.encode(t, 128));
  for (const from of [4, 5, 2]) {
    let maxState = 0, worst = 0, sumSq = 0, n = 0, worstRelState = 0, flips = 0, minCos = 1, worstLogit = 0;
    for (let s = 0; s < ids.length; s += 16) {
      const batch = padBatch(ids.slice(s, s + 16));
      const h = tf.tidy(() => runLayers(config, weights, embed(config, weights, batch), batch, 0, from));
      const values = await h.data<'float32'>();
      const rounded = halfToFloat(floatToHalf(values));
      values.forEach((v, i) => { maxState = Math.max(maxState, Math.abs(v)); worstRelState = Math.max(worstRelState, Math.abs(v - rounded[i]!)); });
      const out = async (x: tf.Tensor) => {
        const p = tf.tidy(() => meanPool(runLayers(config, weights, x, batch, from, config.layers), batch));
        const r = (await p.data<'float32'>()).slice(); p.dispose(); return r;
      };
      const a = await out(h), b = await out(tf.tensor2d(rounded, h.shape as [number, number]));
      const H = 384;
      for (let r = 0; r < batch.batch; r++) {
        let dot = 0, na = 0, nb = 0, d2 = 0;
        for (let j = 0; j < H; j++) { const x = a[r * H + j]!, y = b[r * H + j]!; dot += x * y; na += x * x; nb += y * y; d2 += (x - y) ** 2; worst = Math.max(worst, Math.abs(x - y)); }
        minCos = Math.min(minCos, dot / Math.sqrt(na * nb)); sumSq += d2 / na; n++;
        // a head like a fitted one: unit rows times 10 on the normalised vector
        worstLogit = Math.max(worstLogit, Math.sqrt(d2 / na) * 10);
      }
      h.dispose();
    }
    console.log(JSON.stringify({ from, texts: n, maxState, worstState: worstRelState, worstPooled: worst, rmsRel: Math.sqrt(sumSq / n), oneMinusCos: 1 - minCos, logitBoundNorm10: worstLogit, flips }));
  }
}, 300000);
