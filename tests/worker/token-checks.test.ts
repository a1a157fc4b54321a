import { expect, test } from 'vitest';
import type { Row } from '../../src/core/data/dataset';
import { checkTokens } from '../../src/worker/token-checks';
import { smolLm2Tokenizer } from '../helpers/smollm2';

test('what an encoder would cut or not know is said of texts with labels, not of a chat that another model reads', () => {
  const rows: Row[] = [{ rowId: 1, line: 1, text: 'word '.repeat(300), target: 'a' }];
  const tokenizer = smolLm2Tokenizer();
  expect(checkTokens(rows, 'classification', tokenizer).findings.map(({ id }) => id)).toContain('token-limit');
  const written = checkTokens(rows, 'generation', tokenizer);
  expect(written.findings).toEqual([]);
  expect(written.tokenCounts[0]).toBeGreaterThan(256);
});
