import { expect, test } from 'vitest';
import { checkSetting, SETTINGS } from '../../../../src/core/settings/defaults';
import { DEFINITIONS } from '../../../../src/core/settings/definitions';
import { faultOf, parseTyped, showValue } from '../../../../src/ui/screens/train/typed';

const number = { kind: 'number' as const };

test('numbers are read as people write them', () => {
  expect(parseTyped(number, '1e-4')).toBe(1e-4);
  expect(parseTyped(number, ' 0.0001 ')).toBe(1e-4);
  expect(parseTyped(number, '0,5')).toBe(0.5);
});

test('what is no number is refused, an empty field too, and never becomes 0', () => {
  for (const text of ['', ' ', 'four', '1,24,000', '0x']) {
    expect(checkSetting('nEpochs', parseTyped({ kind: 'integer' }, text)), text).not.toBeNull();
  }
});

test('a thousand with its comma is a thousand steps; where it may be 1 it is asked for again', () => {
  expect(parseTyped(DEFINITIONS.maxSteps, '1,000')).toBe(1000);
  expect(faultOf(DEFINITIONS.maxSteps, '1,000')).toBeNull();
  expect(faultOf(DEFINITIONS.maxSteps, '1.000')).toBe('Most steps: “1.000” can mean 1000 or 1: write 1000 or 1.');
  expect(faultOf(DEFINITIONS.headC, '1,000')).toMatch(/can mean 1000 or 1/);
});

test('values that are next to nothing are refused where 0 is meant, and 0 is not', () => {
  for (const key of ['headC', 'weightDecay', 'dropout', 'maxGradNorm', 'l1', 'l2', 'warmupRatio'] as const) {
    expect(faultOf(DEFINITIONS[key], '1e-320'), key).toMatch(/or 0; got 1e-320\.$/);
    expect(faultOf(DEFINITIONS[key], '0'), key).toBeNull();
    expect(faultOf(DEFINITIONS[key], String(DEFINITIONS[key].leastAboveZero)), key).toBeNull();
  }
});

test('a switch is on, off, or wrong', () => {
  expect(parseTyped({ kind: 'boolean' }, 'true')).toBe(true);
  expect(parseTyped({ kind: 'boolean' }, 'false')).toBe(false);
  expect(checkSetting('trainEmbeddings', parseTyped({ kind: 'boolean' }, 'maybe'))).not.toBeNull();
});

test('small rates are shown with an exponent and read back the same', () => {
  expect(showValue(1e-4)).toBe('1e-4');
  expect(showValue(2e-5)).toBe('2e-5');
  expect(showValue(0.1)).toBe('0.1');
  expect(showValue(0)).toBe('0');
  for (const value of [1e-7, 2.5e-5, 1e-3, 16, 4294967295]) expect(parseTyped(number, showValue(value))).toBe(value);
});

test('every choice of the registry survives its field', () => {
  for (const definition of SETTINGS) {
    for (const option of definition.options ?? []) {
      expect(checkSetting(definition.key, parseTyped(definition, String(option.value)))).toBeNull();
    }
  }
});
