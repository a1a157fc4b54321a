import ts from 'typescript';
import { afterEach, expect, test } from 'vitest';
import { instrument } from '../../scripts/mutants/instrument.mjs';
import { faultsOf } from '../../scripts/mutants/operators.mjs';

const set = (name: string, value: unknown) => Reflect.set(globalThis, name, value);
afterEach(() => {
  for (const name of ['__fault', '__turn', '__memory']) Reflect.deleteProperty(globalThis, name);
});

/** The faults of a text, and the text with them behind their switches, as JavaScript. */
function plant(text: string) {
  const file = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ES2022, true);
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost({}),
    getSourceFile: (name) => (name === 'a.ts' ? file : undefined),
  };
  const checker = ts.createProgram(['a.ts'], { noLib: true, strict: true }, host).getTypeChecker();
  const faults = faultsOf(file, checker).map((fault, i) => ({ ...fault, id: i + 1 }));
  const code = ts.transpile(instrument(file, faults), { target: ts.ScriptTarget.ES2022 });
  const nameOf = ({ start, end, text: faulty }: (typeof faults)[number]) => `${text.slice(start, end)} → ${faulty}`;
  return { names: faults.map(nameOf), code };
}

test('comparisons, sums, swapped arguments, dropped statements and lost values; texts are left alone', () => {
  const { names } = plant(`
    function f(a: number, b: number, list: number[]) {
      if (a < b) push(a, b);
      const first = list[0] ?? 0;
      const n = a;
      return { sum: a + b, name: 'x' + 'y', n, first };
    }
    declare function push(a: number, b: number): void;
  `);
  expect(names).toEqual([
    'a < b → a <= b',
    'a < b → a >= b',
    'push(a, b); → ',
    'push(a, b) → push(b, a)',
    // The default of a place in a list is what the compiler asks for; the place itself is not.
    'list[0] ?? 0 → 0',
    '0 → 1',
    'a + b → a - b',
    'a + b → 0',
    'n → 0',
  ]);
});

test('a text with faults is as it was, until one is switched on', () => {
  const { names, code } = plant(
    'function f(a: number) { let n = 1; for (let i = 0; i < a; i++) n += i; return { n }; }',
  );
  const f = new Function(`${code}; return f(3).n;`);
  expect(f()).toBe(4);
  const results = names.map((_, i) => {
    let turns = 0;
    set('__fault', (id: number) => id === i + 1);
    set('__turn', () => {
      if (++turns > 100) throw new Error('for ever');
    });
    try {
      return f();
    } catch (error) {
      return String(error);
    }
  });
  expect(Object.fromEntries(names.map((name, i) => [name, results[i]]))).toMatchObject({
    'i < a → i <= a': 7,
    'i < a → i >= a': 1,
    'i++ → i--': 'Error: for ever',
    'n += i; → ': 1,
    'n += i → n -= i': -2,
    'n → 0': 0,
  });
});
