/** The gradients of attention's keys and values: each block of keys walks along the queries of all heads that share them. */
import type { Kernel } from '../device/gpu';
import { COUNTED_TOKENS } from './dropout';
import { ATTENTION_UNIFORMS, KEPT, reader, rowsOf, tiles, writer, type AttentionCode } from './attention-tiles';

/** Writes the key and value columns of dQkv [rows, query | key | value]; 0 in rows of padding. */
export function attentionKeys(code: AttentionCode): Kernel {
  const { headSize, rows, causal } = code;
  const t = tiles(code, 'keys');
  const { columns, eachScore, eachSum } = t;
  const four = (buffer: string) => `vec4<f32>(${['x', 'y', 'z', 'w'].map((c) => `${buffer}[at.${c}]`).join(', ')})`;
  return {
    name: `attention-keys-${t.name}`,
    inputs: [
      rowsOf('qkv', headSize),
      rowsOf('dOut', headSize),
      'logSums: array<f32>',
      'along: array<f32>',
      'lengths: array<i32>',
    ],
    outputs: [rowsOf('dQkv', headSize)],
    uniforms: ATTENTION_UNIFORMS,
    code: `${reader('qkvAt', 'qkv', 'packed', headSize)}
${reader('slopeAt', 'dOut', 'of queries', headSize)}
${writer('put', 'dQkv', 'packed', headSize)}
${KEPT}
${t.headTile('ownKeys')}
${t.headTile('ownValues')}
${t.headTile('other')}
${t.scoreTile('mix')}
${t.opening}
  ${t.load('ownKeys', 'qkvAt', 1, 'block', 'uniforms.scale')}
  ${t.load('ownValues', 'qkvAt', 2, 'block')}
    ${eachSum((a) => `var dKey${a} = vec4<f32>(); var dValue${a} = vec4<f32>();`)}
  for (var sharer = 0u; sharer < sharing; sharer++) {
  let head = keyHead * sharing + sharer;
  let pair = text * uniforms.heads + head;
  let maskRow = (uniforms.firstPair + pair) * ${COUNTED_TOKENS}u; // of query 0
  for (var first = ${causal ? 'block' : '0u'}; first < end; first += ${rows}u) {
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 0, 'first')}
    workgroupBarrier();
    ${t.scores('score', 'ownKeys', 'other')}
    workgroupBarrier();
    ${t.load('other', 'slopeAt', 0, 'first')}
    workgroupBarrier();
    ${t.scores('dMix', 'ownValues', 'other')}
    let seed = ${t.seed('first', 'block')};
    let at = pair * tokens + min(others + first, vec4<u32>(tokens - 1u));
    let logSum = ${four('logSums')};
    let alongQuery = ${four('along')};
    ${eachScore(
      (a) => `
    // Never above 1 but for rounding; rows of padding, where it may be anything, meet only zeros.
    ${causal ? 'var' : 'let'} weights${a} = exp(min(score${a} - logSum, vec4<f32>(1.0)));
    ${causal ? `weights${a} = select(vec4<f32>(), weights${a}, (first + others) >= vec4<u32>(block + scoreRow + ${a}u));` : ''}
    let position${a} = ${t.position('first + others', `block + scoreRow + ${a}u`)};
    if (scoring) {
      mix[(scoreRow + ${a}u) * ${columns}u + scoreColumn] = kept(weights${a}, seed, position${a});
    }`,
    )}
    workgroupBarrier();
    ${t.addRows('dValue', 'mix', 'other')}
    workgroupBarrier();
    ${t.load('other', 'qkvAt', 0, 'first')}
    ${eachScore(
      (a) => `if (scoring) {
      let slope = kept(dMix${a}, seed, position${a}) - alongQuery;
      mix[(scoreRow + ${a}u) * ${columns}u + scoreColumn] = weights${a} * slope;
    }`,
    )}
    workgroupBarrier();
    ${t.addRows('dKey', 'mix', 'other')}
  }
  }
    ${eachSum(
      (a) => `if (summing && block + sumRow + ${a}u < tokens) {
      let token = block + sumRow + ${a}u;
      let isReal = token < length;
      put(textRow + token, 1u, keyHead, sumColumn, select(vec4<f32>(), uniforms.scale * dKey${a}, isReal));
      put(textRow + token, 2u, keyHead, sumColumn, select(vec4<f32>(), dValue${a}, isReal));
    }`,
    )}
}`,
  };
}
