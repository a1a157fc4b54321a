/**
 * How often a report finds a gain where there is none: sets of rows with copies and near copies whose labels are drawn by
 * lot, judged by the page's own splits, baselines and verdict. Prints JSON: how many verdicts say that it is worth it.
 *
 *   node bench/false-gain.mjs [--sets 100] [--rows 200] [--plain] [--recipes]
 *
 * *Features only* stands in as logistic regression on hashed three-letter pieces, which is quick and learns copies by
 * heart as well as any encoder. With `--recipes` it chooses among recipes on two such stand-ins. `--plain` ignores groups in every split: what the figure would be without them.
 */
import { openTypeScript } from '../scripts/typescript.mjs';

const args = process.argv.slice(2);
const numberOf = (name, usual) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : usual);
const sets = numberOf('--sets', 100);
const rows = numberOf('--rows', 200);
if (!(sets > 0) || !(rows > 0)) {
  console.error('Expected whole numbers: node bench/false-gain.mjs [--sets 100] [--rows 200] [--plain]');
  process.exit(2);
}

const vite = await openTypeScript();
try {
  const { falseGains } = await vite.ssrLoadModule('/bench/false-gain.ts');
  const tell = (line) => console.error(line);
  console.log(
    JSON.stringify(
      await falseGains({ sets, rows, grouped: !args.includes('--plain'), recipes: args.includes('--recipes'), tell }),
      null,
      2,
    ),
  );
} finally {
  await vite.close();
}
