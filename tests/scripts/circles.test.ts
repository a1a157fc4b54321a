/** No file of `src` imports, over whatever others, the one that imports it; types count too. Lint holds rooms and floors apart, not files. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Every file with those of `src` that it imports. */
function importsOf(): Map<string, string[]> {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(ts|svelte)$/.test(name),
  );
  const known = new Set(names);
  const endings = ['', '.ts', '.svelte.ts', '.svelte'];
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(source, name), 'utf8');
      const asked = Array.from(text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, path = '']) => {
        const base = normalize(join(dirname(name), path));
        return endings.map((ending) => base + ending).find((own) => known.has(own));
      });
      return [name, asked.filter((own) => own !== undefined)];
    }),
  );
}

/** Circles in the order of their files, each told once, from where a walk first met it. */
function circles(imports: Map<string, string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (name: string, path: string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) return void found.push([...path.slice(at), name].join(' → '));
    if (done.has(name)) return;
    for (const next of imports.get(name) ?? []) walk(next, [...path, name]);
    done.add(name);
  };
  for (const name of imports.keys()) walk(name, []);
  return found;
}

test('a circle is found, over three files too', () => {
  const three = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ]);
  expect(circles(three)).toEqual(['a → b → c → a']);
});

test('there is none', () => {
  const imports = importsOf();
  expect(imports.size).toBeGreaterThan(500);
  expect([...imports.values()].flat().length).toBeGreaterThan(3000);
  expect(circles(imports)).toEqual([]);
});
