import { createHash } from 'node:crypto';
import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../src/core/formats/sha256';

test('equals the hash of Node for bytes in any pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (parts) => {
      const ours = new Sha256();
      const theirs = createHash('sha256');
      for (const part of parts) {
        ours.update(part);
        theirs.update(part);
      }
      expect(ours.hex()).toBe(theirs.digest('hex'));
    }),
  );
});

test('equals the hash of Node at every length round a block', () => {
  for (let length = 0; length <= 130; length++) {
    const bytes = new Uint8Array(length).fill(length);
    expect(new Sha256().update(bytes).hex()).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
