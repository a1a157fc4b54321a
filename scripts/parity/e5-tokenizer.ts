/** Every string of tests/fixtures/e5-tokenizer.jsonl against our ids: the difference is the number that differ. */
import { readFileSync } from 'node:fs';
import { createTokenizer } from '../../src/core/text/tokenizer';
import { builtInModel } from '../../tests/helpers/models';
import { parityLine, type ParityLine } from './line';

export async function run(): Promise<ParityLine[]> {
  const json = await builtInModel('multilingual-e5-small').read('tokenizer.json', undefined);
  const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(json)));
  const strings = readFileSync(new URL('../../tests/fixtures/e5-tokenizer.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; sentencepiece: number[] });
  const wrong = strings.filter(({ text, sentencepiece }) => tokenizer.encode(text).join() !== sentencepiece.join());
  for (const { text } of wrong) console.error(`differs: ${JSON.stringify(text)}`);
  const equal = strings.length - wrong.length;
  return [parityLine(`e5's tokenizer (${equal}/${strings.length} strings)`, 'sentencepiece', wrong.length, 0)];
}
