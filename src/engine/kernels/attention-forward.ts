/**
 * Attention in one pass («flash»: Dao et al. 2022, with the running maximum of Milakov and Gimelshein 2018): scores
 * are never kept. A row's log-sum-exp is, from which the gradients compute them again.
 */
import type { Kernel } from '../device/gpu';
import { ATTENTION_UNIFORMS, KEPT, reader, rowsOf, tiles, writer, type AttentionCode } from './attention-tiles';

/** qkv [rows, query | key | value], lengths [batch] → out [rows, hidden], logSums [batch·heads·tokens]; 0 in rows of padding. */
export function attentionForward(code: AttentionCode): Kernel {
  const { headSize, rows, causal } = code;
  const t = tiles(code);
  const { columns, eachScore, eachSum } = t;
  return {
    name: `attention-forward-${t.name}`,
    inputs: [rowsOf('qkv', headSize), 'lengths: array<i32>'],
    outputs: [rowsOf('out', headSize), 'logSums: array<f32>'],
    uniforms: ATTENTION_UNIFORMS,
    code: `${reader('qkvAt', 'qkv', 'packed', headSize)}
${writer('put', 'out', 'of queries', headSize)}
${KEPT}
${t.headTile('own')}
${t.headTile('other')}
${t.scoreTile('mix')}
// Of each thread's scores: the largest; at the end their sum.
var<workgroup> ofThreads: array<f32, ${rows * columns}>;
// What a row's sums so far are to be multiplied by, because its maximum has risen.
var<workgroup> shrinks: array<f32, ${rows}>;
// Finite, and far below any score: the weight it gets is exactly 0.
const MASKED = -1e30;
${t.opening}
  ${t.load('own', 'qkvAt', 0, 'block', 'uniforms.scale')}
    ${eachScore((a) => `var most${a} = MASKED; var total${a} = 0.0;`)}
    ${eachSum((a) => `var sum${a} = vec4<f32>();`)}
  for (var first = 0u; first < end; first += ${rows}u) {
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 1, 'first')}
    workgroupBarrier();
    ${t.scores('score', 'own', 'other')}
    let seed = ${t.seed('block', 'first')};
    let real = (others + first) < vec4<u32>(length);
    ${eachScore(
      (
        a,
      ) => `score${a} = select(vec4<f32>(MASKED), score${a}, ${causal ? t.seen('real', `block + scoreRow + ${a}u`, 'others + first') : 'real'});
    if (scoring) {
      let high = max(score${a}.xy, score${a}.zw);
      ofThreads[(scoreRow + ${a}u) * ${columns}u + scoreColumn] = max(high.x, high.y);
    }`,
    )}
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 2, 'first')}
    ${eachScore(
      (a) => `{
      let row = scoreRow + ${a}u;
      var above = most${a};
      for (var c = 0u; c < uniforms.columns; c++) { above = max(above, ofThreads[row * ${columns}u + c]); }
      let shrink = exp(most${a} - above);
      let weights = exp(score${a} - above);
      most${a} = above;
      total${a} = total${a} * shrink + dot(weights, vec4<f32>(1.0));
      if (scoring) {
        mix[row * ${columns}u + scoreColumn] = kept(weights, seed, ${t.position('block + row', 'first + others')});
        if (scoreColumn == 0u) { shrinks[row] = shrink; }
      }
    }`,
    )}
    workgroupBarrier();
    ${eachSum((a) => `sum${a} *= shrinks[sumRow + ${a}u];`)}
    ${t.addRows('sum', 'mix', 'other')}
  }
    if (scoring) { ${eachScore((a) => `ofThreads[(scoreRow + ${a}u) * ${columns}u + scoreColumn] = total${a};`)} }
  workgroupBarrier();
    ${eachScore(
      (a) => `if (scoring && scoreColumn == 0u && block + scoreRow + ${a}u < tokens) {
      let token = block + scoreRow + ${a}u;
      var total = 0.0;
      for (var c = 0u; c < uniforms.columns; c++) { total += ofThreads[(scoreRow + ${a}u) * ${columns}u + c]; }
      logSums[pair * tokens + token] = select(0.0, most${a} + log(total), token < length);
    }`,
    )}
    ${eachSum(
      (a) => `if (summing && block + sumRow + ${a}u < tokens) {
      let token = block + sumRow + ${a}u;
      var total = 0.0;
      for (var c = 0u; c < uniforms.columns; c++) { total += ofThreads[(sumRow + ${a}u) * ${columns}u + c]; }
      put(textRow + token, 0u, head, sumColumn, select(vec4<f32>(), sum${a} / total, token < length));
    }`,
    )}
}`,
  };
}
