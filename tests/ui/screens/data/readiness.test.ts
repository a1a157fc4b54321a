import { expect, test } from 'vitest';
import type { Dataset } from '../../../../src/core/data/dataset';
import type { Severity } from '../../../../src/core/data/finding';
import { currentVersion, readiness } from '../../../../src/ui/screens/data/readiness';

function dataset(severities: Severity[], task: Dataset['task'] = 'classification'): Dataset {
  const findings = severities.map((severity, at) => ({
    id: `finding-${at}`,
    severity,
    title: '',
    detail: '',
    count: 1,
    rowCount: 1,
    examples: [],
  }));
  return {
    id: 'a',
    name: 'Tickets',
    task,
    createdAt: 0,
    currentVersion: 1,
    nextRowId: 2,
    sample: false,
    versions: [
      {
        number: 1,
        createdAt: 0,
        note: '',
        fileName: 'a.jsonl',
        fileBytes: 1,
        format: 'text-label',
        mapping: { container: 'jsonl', format: 'text-label', textFields: ['text'], targetField: 'label', unused: [] },
        rowCount: 1,
        chunks: [{ firstRowId: 1, rows: 1 }],
        leftOut: 0,
        sha256: '',
        labels: [],
        findings,
      },
    ],
  };
}

test('warnings and repairable findings do not stop training', () => {
  expect(readiness(dataset(['warning', 'repairable'])).trainable).toBe(true);
});

test('a blocking finding stops training and is counted in the reason', () => {
  expect(readiness(dataset(['blocking', 'warning'])).reason).toBe('1 finding blocks training');
  expect(readiness(dataset(['blocking', 'blocking'])).reason).toBe('2 findings block training');
});

test('written answers can be trained on as labels can', () => {
  expect(readiness(dataset([], 'generation'))).toMatchObject({ trainable: true, word: 'Ready', reason: null });
});

test('a record without its current version is an error that names the set', () => {
  expect(() => currentVersion({ ...dataset([]), currentVersion: 7 })).toThrow(/Tickets.*7/);
});

test('a guess in doubt is never called ready, and can be trained on all the same', () => {
  const set = dataset([]);
  const reading = { fields: [], why: '', doubt: '"status" could be the label as well.', examples: [], offers: [] };
  const offered = { text: [], label: [], together: [], split: [] };
  const versions = set.versions.map((version) => ({ ...version, reading: { ...reading, offered } }));
  expect(readiness({ ...set, versions })).toMatchObject({ trainable: true, word: 'Check the fields', tone: 'warn' });
  const sure = set.versions.map((version) => ({ ...version, reading: { ...reading, offered, doubt: null } }));
  expect(readiness({ ...set, versions: sure }).word).toBe('Ready');
});
