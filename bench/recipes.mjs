/**
 * Recipes on frozen encoders: what the choice reaches on a test file, beside the plain recipe. Prints JSON, one result a
 * seed, and the means.
 *
 *   node bench/recipes.mjs --data train.jsonl --test test.jsonl [--seeds 3] [--encoders minilm,e5] [--length 64]
 *   … --per-label 8        draws eight rows of each label for each seed
 *   … --each               every recipe's accuracy too
 *   … --keep DIR           keeps what the encoders read
 *   … --by-lot 100         100 times 200 rows with shuffled labels, 5 folds: how often a gain is claimed
 */
import { openTypeScript } from '../scripts/typescript.mjs';

const IDS = { minilm: 'all-MiniLM-L6-v2', e5: 'multilingual-e5-small' };
const args = process.argv.slice(2);
const valueOf = (name, usual) => (args.includes(name) ? args[args.indexOf(name) + 1] : usual);
const [data, test] = [valueOf('--data'), valueOf('--test')];
const encoders = valueOf('--encoders', 'minilm,e5')
  .split(',')
  .map((name) => IDS[name]);
if (!data || !test || encoders.includes(undefined)) {
  console.error('Expected --data train.jsonl --test test.jsonl [--seeds 3] [--encoders minilm,e5] [--per-label 8] …');
  process.exit(2);
}
const question = {
  data,
  test,
  encoders,
  seeds: Array.from({ length: Number(valueOf('--seeds', 1)) }, (_, i) => 42 + i),
  perLabel: Number(valueOf('--per-label', 0)),
  maxLength: Number(valueOf('--length', 64)),
  keep: valueOf('--keep', null),
  each: args.includes('--each'),
  tell: (line) => console.error(line),
};

const vite = await openTypeScript();
try {
  const { measure, falseGains } = await vite.ssrLoadModule('/bench/recipe-accuracy.ts');
  const sets = Number(valueOf('--by-lot', 0));
  if (sets > 0) console.log(JSON.stringify(await falseGains(question, { sets, rows: 200 })));
  else {
    const results = [];
    for await (const result of measure(question)) {
      results.push(result);
      console.log(JSON.stringify(result));
    }
    const mean = (of) => results.reduce((sum, result) => sum + of(result), 0) / results.length;
    console.log(JSON.stringify({ plain: mean(({ plain }) => plain), chosen: mean(({ chosen }) => chosen) }));
  }
} finally {
  await vite.close();
}
process.exit(0);
