/**
 * Which neighbours are the better examples: the answer of the nearest training row by words (TF-IDF) and by an encoder,
 * against the wanted answer. Prints JSON, one set of files at a time.
 *
 *   node bench/neighbours.mjs --data train.jsonl --test test.jsonl [--rows 1000] [--asked 200]
 */
import { openTypeScript } from '../scripts/typescript.mjs';

const args = process.argv.slice(2);
const valueOf = (name, usual) => (args.includes(name) ? args[args.indexOf(name) + 1] : usual);
const [data, test] = [valueOf('--data'), valueOf('--test')];
if (!data || !test) {
  console.error('Expected --data train.jsonl --test test.jsonl [--rows 1000] [--asked 200]');
  process.exit(2);
}
const vite = await openTypeScript();
try {
  const { measure } = await vite.ssrLoadModule('/bench/neighbours.ts');
  const limits = { rows: Number(valueOf('--rows', 1000)), asked: Number(valueOf('--asked', 200)) };
  console.log(JSON.stringify(await measure({ data, test, ...limits })));
} finally {
  await vite.close();
}
process.exit(0);
