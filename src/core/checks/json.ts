/** The answer is JSON as it stands: nothing before it, nothing behind it, nothing to repair. */
import type { CheckKind } from './check';
import { areEnough } from './suggesting';

/** The value of a JSON text; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for what a person calls JSON: an object or a list, not a bare number or word. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export const jsonCheck: CheckKind = {
  id: 'json',
  title: 'Is JSON',
  what: 'The answer is a JSON object or list, with nothing before or behind it.',
  fields: [],
  detail: () => 'reads without repair',
  fault: () => null,
  judge: () => (answer) => isContainer(parsedJson(answer)),
  suggest(answers) {
    const passed = answers.filter((answer) => isContainer(parsedJson(answer))).length;
    return areEnough(passed, answers.length) ? { parameters: {}, passed, what: 'JSON' } : null;
  },
};
