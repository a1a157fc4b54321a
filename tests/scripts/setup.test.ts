import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aptFolders } from '../../scripts/setup.mjs';

test('apt with sources of our own keeps its indexes apart: an update would clean away those of the machine’s other sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hone-setup-'));
  try {
    const options = aptFolders(folder);
    expect(options).toContain(`Dir::Etc::SourceParts=${join(folder, 'sources')}`);
    expect(options).toContain(`Dir::State::Lists=${join(folder, 'lists')}`);
    expect(existsSync(join(folder, 'lists', 'partial'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
