/** What every screen owes everybody: no fault that axe finds, no sideways scrolling, and a journey by keyboard alone. */
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure, importFile, start, untilFinished } from '../../scripts/page.mjs';
import { openSite, type Site } from '../helpers/site';

let site: Site;
let screens: Record<string, string>;

beforeAll(async () => {
  site = await openSite();
  const lines = readFileSync('public/samples/support-tickets.jsonl', 'utf8').trim().split('\n');
  const file = join(site.folder, `support_tickets_${'of_the_first_quarter_'.repeat(8)}.jsonl`);
  writeFileSync(file, [...lines.slice(0, 60), '{"broken": '].join('\n'));
  const dataset = await importFile(site.page, file);
  await configure(site.page, dataset, { method: 'features', backend: 'wasm', folds: 2, test: '0.2' });
  const run = await start(site.page);
  await untilFinished(site.page, run, { timeout: 240_000 });
  screens = {
    data: '#/data',
    dataset: `#/data/${dataset}`,
    train: `#/train/${dataset}`,
    run: `#/run/${run}`,
    report: `#/report/${run}`,
    try: `#/try/${run}`,
    labels: `#/data/${dataset}/labels`,
    names: '#/names',
    runs: '#/runs',
    privacy: '#/privacy',
    bench: '#/bench',
    'not found': '#/nowhere',
  };
});
afterAll(() => site?.close());

const names = [
  'data',
  'dataset',
  'train',
  'run',
  'report',
  'try',
  'labels',
  'names',
  'runs',
  'privacy',
  'bench',
  'not found',
];

async function show(name: string) {
  await site.page.goto(site.url + screens[name]);
  await site.page.getByRole('heading', { level: 1 }).waitFor();
  await site.page.waitForTimeout(150);
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  beforeAll(() => site.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }));

  test.each(names)('axe finds nothing on the screen %s', async (name) => {
    for (const width of [390, 1440]) {
      await site.page.setViewportSize({ width, height: 900 });
      await show(name);
      const axe = new AxeBuilder({ page: site.page as never });
      // Names, roles and order are those of the other scheme; colours are not.
      if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
      const { violations } = await axe.analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    }
  });
});

test.each(names)('the screen %s never scrolls sideways', async (name) => {
  await show(name);
  for (const width of [320, 390, 720, 1024, 1200, 1600, 2560]) {
    await site.page.setViewportSize({ width, height: 900 });
    const over = () =>
      site.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    // Charts follow a few frames later.
    await expect.poll(over, { message: `at ${width} px`, timeout: 3_000 }).toBe(0);
  }
});

test('a keyboard alone gets from the samples to the report', async () => {
  const { page } = site;
  await page.setViewportSize({ width: 1280, height: 900 });
  await show('data');
  /** Presses Tab until the focused control has this name. */
  const tabTo = async (name: RegExp, most = 120) => {
    for (let presses = 0; presses < most; presses++) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate(() => {
        const element = document.activeElement;
        return `${element?.getAttribute('aria-label') ?? ''} ${element?.textContent ?? ''} ${element?.getAttribute('name') ?? ''}=${(element as HTMLInputElement | null)?.value ?? ''}`;
      });
      if (name.test(label)) return;
    }
    throw new Error(`No control ${name} was reached by Tab.`);
  };
  await tabTo(/Train this/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /^Train/ }).waitFor({ timeout: 60_000 });
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await tabTo(/way=/);
  await page.keyboard.press('ArrowDown');
  await tabTo(/method=/);
  // The group of methods is one stop; arrows move in it, and features only stands first.
  for (let presses = 0; presses < 6; presses++) {
    if ((await page.locator('input[name="method"]:checked').getAttribute('value')) === 'features') break;
    await page.keyboard.press('ArrowUp');
  }
  expect(await page.locator('input[name="method"]:checked').getAttribute('value')).toBe('features');
  await tabTo(/backend=/);
  await page.keyboard.press('End');
  await tabTo(/limit=/);
  await page.keyboard.type('40');
  await tabTo(/Start training/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/(run|report)\//);
  await page.waitForURL(/#\/report\//, { timeout: 300_000 });
  await page.locator('[data-verdict]').waitFor();
});

test('no error reached the console', () => {
  expect(site.seen.errors).toEqual([]);
  expect(site.seen.consoleErrors).toEqual([]);
});
