/**
 * The page as a person uses it, in words a script can say: give it a file, choose, start, wait, save. Everything goes
 * through the page's own controls; `npm run job` and the end-to-end tests share it.
 */

const DEFAULT_ENCODER = 'all-MiniLM-L6-v2';

/** Opens the page and notes every request, page error and long task on the way. */
export async function openPage(context, url) {
  const page = context.pages()[0] ?? (await context.newPage());
  const seen = { requests: [], errors: [], consoleErrors: [] };
  page.on('request', (request) => seen.requests.push({ method: request.method(), url: request.url() }));
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && seen.consoleErrors.push(message.text()));
  await page.addInitScript(() => {
    globalThis.__longest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.__longest = Math.max(globalThis.__longest, entry.duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, seen };
}

/** The longest time in ms that the page's own thread was blocked since it was opened. */
export const longestTask = (page) => page.evaluate(() => globalThis.__longest);

/**
 * Gives the page a file through its own file input; ends on the data set's screen.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string>} the data set's id
 */
export async function importFile(page, file, { timeout = 120_000 } = {}) {
  await page.goto(page.url().replace(/#.*$/, '') + '#/data');
  await page.locator('input[type="file"][name="data-file"]').setInputFiles(file);
  const arrived = page.waitForURL(/#\/data\/[^/]+$/, { timeout }).then(() => null);
  const refused = page
    .locator('[data-import-error]')
    .waitFor({ timeout })
    .then(
      () => page.locator('[data-import-error]').innerText(),
      () => null,
    );
  const error = await Promise.race([arrived, refused]);
  if (error !== null) throw new Error(error);
  return idIn(page, /#\/data\/([^/]+)$/);
}

/** A data set's record as the page keeps it. */
export async function readDataset(page, id) {
  return page.evaluate(async (id) => {
    const wait = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await wait(indexedDB.open('hone'));
    try {
      return await wait(database.transaction('datasets').objectStore('datasets').get(id));
    } finally {
      database.close();
    }
  }, id);
}

/**
 * Reads a data set's fields otherwise, in the form on its screen: `text` is a list of fields, the others one each.
 * What is left out stays as the page read it. Throws with the page's words where a field is not in the file.
 */
export async function readAs(page, datasetId, { text, label, together, split, task }) {
  await page.goto(page.url().replace(/#.*$/, '') + `#/data/${datasetId}`);
  const form = page.getByRole('form', { name: 'How the fields are read' });
  const change = page.getByRole('button', { name: 'Change how the fields are read' });
  await form.or(change).first().waitFor();
  if (!(await form.isVisible())) await change.click();
  if (text) {
    // Down to one field, which is changed: the fields come in the order in which they are named.
    const takeOut = form.getByRole('button', { name: /^Take .* out of the text$/ });
    while ((await takeOut.count()) > 0) await takeOut.last().click();
    const first = form.getByRole('combobox', { name: 'Text field 1', exact: true });
    await pickField(form, (await first.count()) > 0 ? 'Text field 1' : 'Another text field', text[0]);
    for (const field of text.slice(1)) {
      await form.getByRole('button', { name: 'Add a field to the text' }).click();
      await pickField(form, 'Another text field', field);
    }
  }
  if (task) await form.getByRole('combobox', { name: 'To learn' }).selectOption(task);
  if (label) await pickField(form, /^(Label|Answer)$/, label);
  if (together) await pickField(form, 'Keep together by', together);
  if (split) await pickField(form, /^Names the part of a row/, split);
  const read = form.getByRole('button', { name: 'Read again' });
  if ((await read.getAttribute('aria-disabled')) === 'true') {
    throw new Error(await form.locator('.state.bad').first().innerText());
  }
  const before = (await readDataset(page, datasetId)).currentVersion;
  await read.click();
  for (;;) {
    const refused = page.locator('[data-import-error]');
    if ((await refused.count()) > 0) throw new Error(await refused.innerText());
    if ((await readDataset(page, datasetId)).currentVersion !== before) return;
    await page.waitForTimeout(100);
  }
}

/** Chooses a field of the file by its whole name. */
async function pickField(form, name, field) {
  const box = form.getByRole('combobox', { name, exact: typeof name === 'string' });
  if ((await box.inputValue()) === field) return;
  await box.click();
  await box.fill(field);
  const options = form.locator('[role="option"] .name');
  const names = await options.allInnerTexts();
  const at = names.indexOf(field);
  if (at < 0) {
    await box.fill('');
    const all = (await options.allInnerTexts()).filter((one) => one !== 'nothing').slice(0, 20);
    throw new Error(`The file has no field «${field}»; it has ${all.join(', ')}.`);
  }
  await options.nth(at).click();
}

/** Sets choices in the form of the training screen, by the names its fields have. */
export async function configure(page, datasetId, choices) {
  // What is not about encoders reads with the small one alone.
  const {
    find,
    method,
    model,
    encoder = DEFAULT_ENCODER,
    backend,
    limit,
    test,
    folds,
    more = {},
    ...settings
  } = choices;
  await page.goto(page.url().replace(/#.*$/, '') + `#/train/${datasetId}`);
  await page.getByRole('heading', { level: 1, name: /^Train/ }).waitFor();
  const set = async (fields) => {
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== null) await fillIn(page, name, String(value));
    }
  };
  // Device and rows first: the form suggests a method by them until one is chosen. Settings last: they follow the method.
  await set({ backend, limit, test, folds });
  const choose = (name, value) => page.locator(`input[type="radio"][name="${name}"][value="${value}"]`).check();
  // Where there are several methods, one is tried by hand unless what works is to be found.
  if ((await page.locator('input[name="way"]').count()) > 0) await choose('way', find ? 'find' : 'hand');
  if (find) await setBudget(page, find.minutes);
  if (find?.rungs) await setRungs(page, find.rungs);
  // Where there is one method there is nothing to choose.
  if (method && (await page.locator('input[name="method"]').count()) > 0) await choose('method', method);
  if (model) await choose('model', model);
  else await choose('encoder', encoder);
  await set({ ...settings, ...more });
}

/** Minutes of a search, as its switch has them; `none`: no limit. */
async function setBudget(page, minutes) {
  const budgets = page.getByRole('group', { name: 'Minutes that the search may take' });
  const name = minutes === 'none' ? 'No limit' : new RegExp(`^${minutes}( min)?$`);
  const button = budgets.getByRole('button', { name });
  if ((await button.count()) === 0) {
    const there = (await budgets.getByRole('button').allInnerTexts()).map((text) => text.replace(/ min$/, ''));
    throw new Error(`A search may take ${there.slice(0, -1).join(', ')} minutes or none (no limit), not ${minutes}.`);
  }
  await button.click();
}

/** The rungs that take part in a search, by their ids; the others do not. */
async function setRungs(page, ids) {
  const boxes = page.locator('input[name="rung"]');
  const all = await boxes.evaluateAll((inputs) => inputs.map(({ value }) => value));
  const unknown = ids.find((id) => !all.includes(id));
  if (unknown !== undefined) throw new Error(`There is no rung «${unknown}»: expected some of ${all.join(', ')}.`);
  for (const id of all) await boxes.and(page.locator(`[value="${id}"]`)).setChecked(ids.includes(id));
}

async function fillIn(page, name, value) {
  const field = page.locator(`[name="${name}"]`);
  if ((await field.count()) === 0) throw new Error(`The form has no field «${name}» for this method.`);
  if (!(await field.isVisible())) await page.locator(`details:has([name="${name}"]) > summary`).click();
  if ((await field.evaluate((element) => element.tagName)) === 'SELECT') {
    const options = await field.evaluate((select) =>
      [...select.options].filter(({ disabled }) => !disabled).map((option) => option.value),
    );
    if (!options.includes(value)) throw new Error(`«${name}» can be ${options.join(', ')} here, not ${value}.`);
    return field.selectOption(value);
  }
  await field.fill(value);
  await field.blur();
}

/**
 * The table of a search, line by line as it stands on the page.
 * @param {import('playwright-core').Page} page
 */
export async function readLadder(page) {
  const rows = page.locator('[data-ladder] tr[data-rung]');
  return rows.evaluateAll((all) =>
    all.map((row) => {
      const text = (selector) => row.querySelector(selector)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
      return {
        rung: row.getAttribute('data-rung'),
        title: text('.nm'),
        score: text('.acc b'),
        interval: text('.acc small'),
        gain: text('.gain b'),
        gainInterval: text('.gain small'),
        time: text('.min'),
        state: text('.stt'),
      };
    }),
  );
}

/**
 * Presses Start and waits for the running screen.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string>} the run's id
 */
export async function start(page) {
  const button = page.getByRole('button', { name: /^(Start training|Find what works)$/ });
  if ((await button.getAttribute('aria-disabled')) === 'true') {
    const reason = await button.getAttribute('aria-describedby');
    const words = reason ? await page.locator(`#${reason}`).innerText() : 'It is off';
    throw new Error([words, ...(await blockers(page))].join('\n'));
  }
  await button.click();
  await page.waitForURL(/#\/(run|report)\/[^/]+$/);
  return idIn(page, /#\/(?:run|report)\/([^/]+)$/);
}

/** What blocks training on the data set of the form that is open: title and detail of each finding, and its fields. */
async function blockers(page) {
  const dataset = await readDataset(page, idIn(page, /#\/train\/([^/]+)$/));
  const version = dataset.versions.find(({ number }) => number === dataset.currentVersion);
  const found = version.findings.filter(({ severity }) => severity === 'blocking');
  if (found.length === 0) return [];
  const { textFields, targetField } = version.mapping;
  const read = textFields.length === 0 ? 'no field' : `${textFields.join(' + ')} as text, ${targetField} as label`;
  return [...found.map(({ title, detail }) => `- ${title}. ${detail}`), `Read as it is: ${read}.`];
}

/** How long a run may stand broken off before nobody is going on with it. */
const PATIENCE_MS = 30_000;

/** Waits until the run is over. Calls `tell` with each new line of progress; throws with the page's message on failure. */
export async function untilFinished(page, runId, { tell = () => {}, timeout = 6 * 3600_000 } = {}) {
  const deadline = Date.now() + timeout;
  let workedAt = Date.now();
  let last = '';
  for (;;) {
    const state = await page.evaluate(() => {
      const element = document.querySelector('[data-job-state]');
      return {
        hash: location.hash,
        state: element?.getAttribute('data-job-state') ?? '',
        message: ['[data-job-message]', '[data-job-figures] > div:not(:last-child)']
          .flatMap((selector) => [...document.querySelectorAll(selector)])
          .map((element) => element.textContent.replace(/\s+/g, ' ').trim())
          .join(' · '),
        error: document.querySelector('[data-job-error]')?.textContent?.trim() ?? '',
      };
    });
    if (state.message && state.message !== last) tell((last = state.message));
    if (state.hash === `#/report/${runId}`) return 'succeeded';
    if (['failed', 'cancelled'].includes(state.state)) throw new Error(state.error || `The run ${state.state}.`);
    if (['succeeded', 'stopped'].includes(state.state)) return state.state;
    if (state.state !== 'interrupted') workedAt = Date.now();
    else if (Date.now() - workedAt > PATIENCE_MS) throw new Error(`The run was broken off. ${state.error}`);
    if (Date.now() > deadline) throw new Error(`Not finished after ${Math.round(timeout / 1000)} s: ${state.message}`);
    await page.waitForTimeout(500);
  }
}

/** Saves the report through the page's own download link. `kind` is json, csv or markdown. */
export async function saveReport(page, runId, kind, file) {
  await page.goto(page.url().replace(/#.*$/, '') + `#/report/${runId}`);
  const link = page.locator(`[data-download="${kind}"]`).first();
  await link.waitFor({ state: 'attached' });
  const menu = page.locator(`details:has([data-download="${kind}"]) > summary`).first();
  if (!(await link.isVisible()) && (await menu.count()) > 0) await menu.click();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  await download.saveAs(file);
}

function idIn(page, pattern) {
  const id = pattern.exec(page.url())?.[1];
  if (id === undefined) throw new Error(`Expected an address like ${pattern}, got ${page.url()}.`);
  return id;
}
