/** What an export says of itself and of the model that it was made of: names, the base, the report's figures. */
import { bytesFile, type PlannedFile } from '../formats/planned-file';
import type { ModelManifest } from '../models/manifest';
import type { ClassificationReport } from '../report/classification';
import type { GenerationReport } from '../report/generation';
import { fixed, formatAmount, formatCount, formatPercent, formatPoints } from '../words/numbers';
import type { ModelCardText } from './model-card';

/** A name for folder and model that every tool takes, Ollama too: small letters, digits, dashes. */
export function exportFolder(...words: readonly string[]): string {
  const plain = words
    .join('-')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '');
  return plain || 'tuned-model';
}

/** Its name on Hugging Face where it is known, else what it is called here. */
export function baseName({ title, card }: Pick<ModelManifest, 'title' | 'card'>): string {
  return /^[\w.-]+\/[\w.-]+/.exec(card.source)?.[0] ?? title;
}

/** In which form the base was read, by the types of its values. */
export function baseForm(types: readonly string[]): string {
  if (types.some((type) => type.startsWith('q4'))) return 'its 4-bit file, unpacked';
  if (types.includes('q8_0')) return 'its 8-bit file, unpacked';
  return 'its own file';
}

/** The card of an export of that base; `figures` are the report's, none where the run has no report. */
export function exportCard(
  title: string,
  manifest: Pick<ModelManifest, 'title' | 'card' | 'sha256' | 'tensors'>,
  figures: readonly string[],
): ModelCardText {
  const { card, sha256, tensors } = manifest;
  return {
    title,
    base: baseName(manifest),
    baseSha256: sha256,
    baseForm: baseForm(tensors.map(({ dtype }) => dtype)),
    licence: card.licence === '' ? null : card.licence,
    languages: card.languages,
    figures,
  };
}

/** Of a run that sorts, a line each: the verdict, what its folds and the test part gave. `plainly`: of the plain classifier. */
export function classifierFigures(report: ClassificationReport, plainly: boolean): string[] {
  const { verdict, cross_validation: folds, out_of_fold: all, test, recipes } = report;
  const rows = `${formatAmount(folds.folds.length, 'fold')} of ${formatAmount(all.rows, 'row')}`;
  if (plainly) return [plainFigures(recipes ?? null, rows), `The run's own classifier: ${verdict.sentence}`];
  const lines = [
    verdict.sentence,
    `Right: ${formatPercent(folds.accuracy.mean)}, macro F1 ${formatPercent(folds.macro_f1.mean)}, over ${rows}, each answered ` +
      'by a model that had not seen it.',
  ];
  if (test === null) return lines;
  return [
    ...lines,
    `Right on the test part: ${formatPercent(test.accuracy)} of ${formatAmount(test.rows, 'row')}, macro F1 ${formatPercent(test.macro_f1)}.`,
  ];
}

function plainFigures(recipes: ClassificationReport['recipes'] | null, rows: string): string {
  if (!recipes) return 'This is the plain classifier of the run. How often it is right was not measured.';
  const gain = plainDifference(recipes);
  return (
    `This is the plain classifier of the run, on the mean of one encoder's last layer. Right: ` +
    `${formatPercent(recipes.plain.accuracy)}, macro F1 ${formatPercent(recipes.plain.macro_f1)}, over ${rows}${gain === '' ? '' : `: ${gain}`}.`
  );
}

/** How far the plain classifier is from the one that was chosen, on the same folds, in words; empty where it was not measured. */
export function plainDifference(recipes: NonNullable<ClassificationReport['recipes']>): string {
  const gain = recipes.gain?.accuracy;
  if (gain === undefined) return '';
  const [low, high] = gain.ci95;
  return (
    `${formatPoints(-gain.mean_difference)} points against the run's own on the same folds, 95 % interval ` +
    `${formatPoints(-high)} to ${formatPoints(-low)}`
  );
}

/** Of a run of written answers, a line each: the verdict, then the tuned model beside the base on the same rows. */
export function writingFigures({ verdict, evaluation, generation: { base, tuned } }: GenerationReport): string[] {
  if (base === null || tuned === null) return [verdict.sentence];
  const lines = [verdict.sentence];
  const rows = `on ${formatCount(evaluation.rows)} rows that it did not learn from`;
  if (base.perplexity !== null && tuned.perplexity !== null) {
    lines.push(
      `Perplexity of the wanted answers: ${fixed(base.perplexity, 2)} before, ${fixed(tuned.perplexity, 2)} after, ${rows}.`,
    );
  }
  lines.push(
    `chrF: ${fixed(base.chrf, 1)} before, ${fixed(tuned.chrf, 1)} after.`,
    `Exactly right: ${formatCount(base.exact)} before, ${formatCount(tuned.exact)} after, of ${formatCount(evaluation.rows)}.`,
  );
  return lines;
}

/**
 * Licence and notice, which go along with every file: as they came with the base, and what was changed of it, as the Apache
 * licence asks: `change` says it, the file `told` more of it. A base without files of its own is named with the licence that its card names.
 */
export function noticeFiles(
  given: Readonly<Partial<Record<'LICENSE' | 'NOTICE', Uint8Array>>>,
  { base, licence }: Pick<ModelCardText, 'base' | 'licence'>,
  change: string,
  told = 'README.md',
): PlannedFile[] {
  const named = `${base}\n\nLicence: ${licence ?? 'not named by its files'}.\n`;
  const notice = given.NOTICE === undefined ? named : new TextDecoder().decode(given.NOTICE);
  const changed = `Changes made here: ${change}, in a browser with Hone; ${told} says which.\n`;
  return [
    ...(given.LICENSE === undefined ? [] : [bytesFile('LICENSE', given.LICENSE)]),
    bytesFile('NOTICE', new TextEncoder().encode(`${notice.trimEnd()}\n\n${changed}`)),
  ];
}
