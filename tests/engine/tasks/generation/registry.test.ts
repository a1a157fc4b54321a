import { expect, test } from 'vitest';
import { generationAdapter } from '../../../../src/engine/tasks/generation/methods/generation-adapter';
import { generationMethod } from '../../../../src/engine/tasks/generation/registry';

test('a method is had by its id; one that this version does not know is refused by name', () => {
  expect(generationMethod('generation-adapter')).toBe(generationAdapter);
  expect(() => generationMethod('full')).toThrow(expect.objectContaining({ code: 'config-invalid' }));
});
