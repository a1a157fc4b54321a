/** Which of several encoders the rows ask for by their languages, where only one can be used. */
import type { ModelEntry } from '../models/card';
import { findModel, modelsFor } from '../models/registry';
import { formatCount } from '../words/numbers';
import { clearRows, type LanguageTally, rowsOutside } from './language-tally';

/** A share of foreign rows below it is what any set has, and a model for many languages is slower and costs elsewhere. */
const TELLING_SHARE = 0.1;

export interface EncoderForRows {
  modelId: string;
  /** In one sentence. */
  why: string;
}

/**
 * The first of the models, unless a tenth of the rows whose language is clear are in languages that it does not know: then
 * the one that knows most of them. Without a tally the first; `models` must not be empty.
 */
export function encoderForRows(
  models: readonly [ModelEntry, ...ModelEntry[]],
  languages: LanguageTally | null,
): EncoderForRows {
  const [first, ...others] = models;
  if (languages === null || clearRows(languages) === 0) {
    return { modelId: first.id, why: `${first.title}: the languages of these rows are not clear.` };
  }
  const outside = (model: ModelEntry): number => rowsOutside(languages, model.card.languages);
  const missed = outside(first);
  if (missed < TELLING_SHARE * clearRows(languages)) {
    const why =
      missed === 0
        ? `${first.title}: it knows the languages of these rows.`
        : `${first.title}: only ${formatCount(missed)} of ${formatCount(languages.looked)} rows are in languages that it does not know.`;
    return { modelId: first.id, why };
  }
  const best = others.reduce((best, model) => (outside(model) < outside(best) ? model : best), first);
  const rows = `${formatCount(missed)} of ${formatCount(languages.looked)} rows are in languages that ${first.title} does not know`;
  const why = best === first ? `${rows}, and no other model does.` : `${best.title}: ${rows}.`;
  return { modelId: best.id, why };
}

/** The encoder that a run of written answers finds near rows with. */
export function neighbourEncoder(languages: LanguageTally | null): ModelEntry {
  return findModel(encoderForRows(modelsFor('classification'), languages).modelId);
}
