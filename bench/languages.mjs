/**
 * How often the language of a short text is told, not told, or taken for another: on the messages that TypeScript has in
 * thirteen languages, and on files of one's own (JSONL with a field `text`), each under the language it is in. Prints one
 * JSON line a set, and one for all.
 *
 *   node bench/languages.mjs [en=train.jsonl …]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/setup.mjs';
import { openTypeScript } from '../scripts/typescript.mjs';

/** Per set: a message has the placeholders and quoted code of a compiler in it, which are no language. */
const MOST_TEXTS = 1_500;
const [SHORTEST, LONGEST] = [12, 120];

const messages = join(root, 'node_modules/typescript/lib');
const translated = readdirSync(messages, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const file = join(messages, name, 'diagnosticMessages.generated.json');
    const texts = Object.values(JSON.parse(readFileSync(file, 'utf8'))).map((text) =>
      text
        .replace(/'[^']*'|\{\d\}/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
    const usable = texts.filter(({ length }) => length >= SHORTEST && length <= LONGEST);
    return { set: `typescript ${name}`, code: name.slice(0, 2), texts: usable };
  });
const own = process.argv.slice(2).map((argument) => {
  const [code, file] = argument.split(/=(.*)/s);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return { set: file, code, texts: lines.map((line) => String(JSON.parse(line).text)) };
});

const vite = await openTypeScript();
try {
  const { detectLanguage } = await vite.ssrLoadModule('/src/core/text/detect-language.ts');
  const all = { texts: 0, right: 0, unclear: 0, wrong: 0, ms: 0 };
  for (const { set, code, texts } of [...translated, ...own]) {
    const step = Math.max(1, Math.floor(texts.length / MOST_TEXTS));
    const some = texts.filter((_, i) => i % step === 0);
    const began = performance.now();
    const found = some.map(detectLanguage);
    all.ms += performance.now() - began;
    const right = found.filter((one) => one === code).length;
    const unclear = found.filter((one) => one === null).length;
    const wrong = some.length - right - unclear;
    for (const [key, count] of Object.entries({ texts: some.length, right, unclear, wrong })) all[key] += count;
    console.log(JSON.stringify({ set, texts: some.length, ...shares({ texts: some.length, right, unclear, wrong }) }));
  }
  const microseconds = Math.round((1000 * all.ms) / all.texts);
  console.log(JSON.stringify({ set: 'all', texts: all.texts, ...shares(all), microseconds }));
} finally {
  await vite.close();
}

function shares({ texts, right, unclear, wrong }) {
  const percent = (count) => Number(((100 * count) / texts).toFixed(1));
  return { right: percent(right), unclear: percent(unclear), wrong: percent(wrong) };
}
