/** Every string of tests/fixtures/tokenizer-strings.jsonl against the ids of SmolLM2's tokenizer: how many differ. */
import { readFileSync } from 'node:fs';
import { smolLm2Tokenizer } from '../../tests/helpers/smollm2';
import { parityLine, type ParityLine } from './line';

export function run(): ParityLine[] {
  const tokenizer = smolLm2Tokenizer();
  const strings = readFileSync(new URL('../../tests/fixtures/tokenizer-strings.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; smollm2: number[] });
  const wrong = strings.filter(({ text, smollm2 }) => tokenizer.encode(text).join() !== smollm2.join());
  for (const { text } of wrong) console.error(`differs: ${JSON.stringify(text)}`);
  const equal = strings.length - wrong.length;
  return [
    parityLine(`smollm2 tokenizer (${equal}/${strings.length} strings)`, 'Hugging Face tokenizers', wrong.length, 0),
  ];
}
