/**
 * How honest a search for what works is on few rows: again and again it is done on a small sample of a file, and its
 * quoted figure held against what comes of it on all the other rows. Prints JSON: one line a sample, then the summary.
 *
 *   node bench/ladder-honesty.mjs --data train.jsonl [--samples 100] [--rows 160] [--folds 5] [--first 1]
 *   … --by-lot                 labels are shuffled among the rows of each sample: how often a gain is claimed
 *   … --settings               settings are searched too, also of features only, which has a dozen to try here
 *   … --rungs label_names,tfidf_logistic_regression,features,top-layers
 *   … --set nEpochs=4,layers=1 settings that are not on auto
 *   … --encoders minilm,e5     what the texts are read with (default minilm)      --length 64   tokens a text
 *   … --rest 2000              so many of the other rows at the most          --keep DIR   keeps what the encoders read
 */
import { encoderOf } from '../scripts/encoders.mjs';
import { openTypeScript } from '../scripts/typescript.mjs';

const args = process.argv.slice(2);
const valueOf = (name, usual) => (args.includes(name) ? args[args.indexOf(name) + 1] : usual);
const [data, samples, rows, folds] = [valueOf('--data'), ...['--samples', '--rows', '--folds'].map(numberOf)];
if (!data || !(samples > 0) || !(rows > 0) || !(folds > 1)) {
  console.error('Expected --data train.jsonl [--samples 100] [--rows 160] [--folds 5] [--by-lot] [--settings] …');
  process.exit(2);
}
const question = {
  ...{ data, samples, rows, folds, byLot: args.includes('--by-lot'), searched: args.includes('--settings') },
  first: Number(valueOf('--first', 1)),
  rest: Number(valueOf('--rest', 2000)),
  rungs: valueOf('--rungs', 'label_names,tfidf_logistic_regression,features').split(','),
  choices: Object.fromEntries(valueOf('--set', '').split(',').filter(Boolean).map(readChoice)),
  encoders: valueOf('--encoders', 'minilm').split(',').map(encoderOf),
  maxLength: Number(valueOf('--length', 64)),
  keep: valueOf('--keep', null),
  tell: (line) => console.error(line),
};

const vite = await openTypeScript();
try {
  const { measure, summaryOf } = await vite.ssrLoadModule('/bench/ladder-honesty.ts');
  const drawn = [];
  for await (const one of measure(question)) {
    drawn.push(one);
    console.log(JSON.stringify(one));
  }
  console.log(JSON.stringify(summaryOf(drawn), null, 1));
} finally {
  await vite.close();
}
process.exit(0);

function numberOf(name) {
  return Number(valueOf(name, { '--samples': 100, '--rows': 160, '--folds': 5 }[name]));
}

function readChoice(pair) {
  const [name, value] = pair.split('=');
  return [name, Number.isNaN(Number(value)) ? value : Number(value)];
}
