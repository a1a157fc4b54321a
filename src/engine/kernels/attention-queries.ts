/** The gradient of attention's queries, and what the one of keys and values needs of each row: Σ dO·O. */
import type { Kernel } from '../device/gpu';
import { ATTENTION_UNIFORMS, KEPT, reader, rowsOf, tiles, writer, type AttentionCode } from './attention-tiles';

/** Writes the query columns of dQkv [rows, query | key | value], and along [batch·heads·tokens]; 0 in rows of padding. */
export function attentionQueries(code: AttentionCode): Kernel {
  const { headSize, rows, causal } = code;
  const t = tiles(code);
  const { columns, eachScore, eachSum } = t;
  return {
    name: `attention-queries-${t.name}`,
    inputs: [
      rowsOf('qkv', headSize),
      rowsOf('out', headSize),
      rowsOf('dOut', headSize),
      'logSums: array<f32>',
      'lengths: array<i32>',
    ],
    outputs: [rowsOf('dQkv', headSize), 'along: array<f32>'],
    uniforms: ATTENTION_UNIFORMS,
    code: `${reader('qkvAt', 'qkv', 'packed', headSize)}
${reader('outAt', 'out', 'of queries', headSize)}
${reader('slopeAt', 'dOut', 'of queries', headSize)}
${writer('put', 'dQkv', 'packed', headSize)}
${KEPT}
${t.headTile('own')}
${t.headTile('ownSlope')}
${t.headTile('other')}
${t.scoreTile('mix')}
${t.opening}
  ${t.load('own', 'qkvAt', 0, 'block', 'uniforms.scale')}
  ${t.load('ownSlope', 'slopeAt', 0, 'block')}
  // Each row's Σ dO·O, of which each thread of the row adds up a part.
  ${t.load('other', 'outAt', 0, 'block')}
  workgroupBarrier();
    ${eachScore(
      (a) => `if (scoring) {
      let row = scoreRow + ${a}u;
      var part = vec4<f32>();
      for (var i = scoreColumn; i < uniforms.vectors; i += ${columns}u) {
        part += ownSlope[spot(row, i)] * other[spot(row, i)];
      }
      mix[row * ${columns}u + scoreColumn] = part;
    }`,
    )}
  workgroupBarrier();
    ${eachScore(
      (a) => `var part${a} = vec4<f32>();
    for (var c = 0u; c < uniforms.columns; c++) { part${a} += mix[(scoreRow + ${a}u) * ${columns}u + c]; }
    let along${a} = dot(part${a}, vec4<f32>(1.0));
    let token${a} = block + scoreRow + ${a}u;
    let logSum${a} = logSums[pair * tokens + min(token${a}, tokens - 1u)];
    if (scoring && scoreColumn == 0u && token${a} < tokens) { along[pair * tokens + token${a}] = along${a}; }`,
    )}
    ${eachSum((a) => `var sum${a} = vec4<f32>();`)}
  for (var first = 0u; first < end; first += ${rows}u) {
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 2, 'first')}
    workgroupBarrier();
    ${t.scores('dMix', 'ownSlope', 'other')}
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 1, 'first')}
    workgroupBarrier();
    ${t.scores('score', 'own', 'other')}
    let seed = ${t.seed('block', 'first')};
    ${eachScore(
      (a) => `if (scoring) {
      // Never above 1 but for rounding; rows of padding, where it may be anything, meet only zeros.
      ${causal ? 'var' : 'let'} weights = exp(min(score${a} - logSum${a}, vec4<f32>(1.0)));
      ${causal ? `weights = select(vec4<f32>(), weights, (first + others) <= vec4<u32>(token${a}));` : ''}
      let slope = kept(dMix${a}, seed, ${t.position(`token${a}`, 'first + others')}) - along${a};
      mix[(scoreRow + ${a}u) * ${columns}u + scoreColumn] = weights * slope;
    }`,
    )}
    workgroupBarrier();
    ${t.addRows('sum', 'mix', 'other')}
  }
    ${eachSum(
      (a) => `if (summing && block + sumRow + ${a}u < tokens) {
      put(textRow + block + sumRow + ${a}u, 0u, head, sumColumn, uniforms.scale * sum${a});
    }`,
    )}
}`,
  };
}
