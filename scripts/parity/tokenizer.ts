/** Every string of tests/fixtures/tokenizer-strings.jsonl against our ids: the difference is the number that differ. */
import { readFileSync } from 'node:fs';
import { createTokenizer } from '../../src/core/text/tokenizer';
import { builtInModel } from '../../tests/helpers/models';
import { parityLine, type ParityLine } from './line';

export async function run(): Promise<ParityLine[]> {
  const json = await builtInModel().read('tokenizer.json', undefined);
  const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(json)));
  const strings = readFileSync(new URL('../../tests/fixtures/tokenizer-strings.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; minilm: number[] });
  const wrong = strings.filter(({ text, minilm }) => tokenizer.encode(text).join() !== minilm.join());
  for (const { text } of wrong) console.error(`differs: ${JSON.stringify(text)}`);
  const equal = strings.length - wrong.length;
  return [parityLine(`tokenizer (${equal}/${strings.length} strings)`, 'Hugging Face tokenizers', wrong.length, 0)];
}
