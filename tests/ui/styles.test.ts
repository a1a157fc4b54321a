/** Styles are global: a class that means a shade of something in one sheet must not be a thing of its own in another. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../src/ui/styles/', import.meta.url);

/** Every selector of a sheet, without comments and blocks of values. */
function selectorsOf(file: string): string[] {
  const text = readFileSync(new URL(file, folder), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return Array.from(text.matchAll(/([^{};]+)\{/g), ([, list = '']) => list.split(','))
    .flat()
    .map((selector) => selector.trim())
    .filter((selector) => selector !== '' && !selector.startsWith('@'));
}

/** What these style is everybody's: a shade of theirs is meant. */
const SHARED = ['elements.css', 'tables.css', 'panels.css', 'controls.css'];

const classesOf = (compound: string): string[] => Array.from(compound.matchAll(/\.([\w-]+)/g), ([, name = '']) => name);

test('no sheet styles by itself what is a shade in another', () => {
  const alone = new Map<string, string>();
  const shades: { name: string; selector: string; file: string }[] = [];
  for (const file of readdirSync(folder)) {
    for (const selector of selectorsOf(file).map((own) => own.replace(/:not\([^)]*\)/g, ''))) {
      const [name = ''] = /^\.([\w-]+)$/.exec(selector)?.slice(1) ?? [];
      if (name !== '' && !SHARED.includes(file)) alone.set(name, file);
      for (const compound of selector.split(/[\s>+~]+/)) {
        for (const shade of classesOf(compound).slice(1)) shades.push({ name: shade, selector, file });
      }
    }
  }
  expect(shades.length).toBeGreaterThan(50);
  const met = shades.filter(({ name, file }) => alone.has(name) && alone.get(name) !== file);
  expect(met.map(({ name, selector, file }) => `${selector} (${file}) meets .${name} (${alone.get(name)})`)).toEqual(
    [],
  );
});
