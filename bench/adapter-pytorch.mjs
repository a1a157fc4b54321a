/**
 * An adapter of SmolLM2 by PyTorch and PEFT on the very steps that `npm run job` would take, for its figures to stand beside:
 * loss of the held-out answers before and after, and exact match. Prints JSON. Rows are {"prompt", "completion"}.
 *
 *   node bench/adapter-pytorch.mjs --data train.jsonl --test val.jsonl [--rank 8] [--epochs 1] [--seed 42]
 *     [--max-length 256] [--max-new-tokens 256] [--learning-rate 1e-3] [--batch-size 4] [--threads 2] [--keep FOLDER]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { openTypeScript } from '../scripts/typescript.mjs';

const option = (usual) => ({ type: 'string', default: String(usual) });
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    test: { type: 'string' },
    keep: { type: 'string' },
    rank: option(8),
    epochs: option(1),
    seed: option(42),
    'max-length': option(256),
    'max-new-tokens': option(256),
    'learning-rate': option(1e-3),
    'batch-size': option(4),
    threads: option(availableParallelism()),
  },
});
if (!values.data || !values.test) {
  console.error('Expected --data train.jsonl --test val.jsonl; see the head of this file.');
  process.exit(2);
}
const vite = await openTypeScript();
try {
  const { measure } = await vite.ssrLoadModule('/bench/adapter-pytorch.ts');
  const recipe = {
    rank: Number(values.rank),
    epochs: Number(values.epochs),
    seed: Number(values.seed),
    maxLength: Number(values['max-length']),
    maxNewTokens: Number(values['max-new-tokens']),
    learningRate: Number(values['learning-rate']),
    batchSize: Number(values['batch-size']),
    threads: Number(values.threads),
  };
  console.log(JSON.stringify(await measure(values.data, values.test, recipe, values.keep), null, 1));
} finally {
  await vite.close();
}
process.exit(0);
