/** What reports of every task say of their run: its settings in the words of the field, its data, its kept model. */
import { settingsOf } from '../settings/defaults';
import type { Settings } from '../settings/settings';
import { formatAmount } from '../words/numbers';
import type { ClassificationReport } from './classification';
import type { ReportContext } from './context';

/** The settings that the method uses, under the names of the field. C = 0 is a choice: the notes have what it gave. */
export function settingsInWords(settings: Settings): ClassificationReport['settings'] {
  // A run of an earlier version has not all that there is.
  const used = settingsOf(settings.method).filter(({ key }) => key in settings);
  return Object.fromEntries(
    used.map(({ key, name }) => [name, key === 'headC' && settings[key] === 0 ? 'chosen per fold' : settings[key]]),
  );
}

/** Why rows stand on one side of every split. */
export function groupingOf(
  grouping: NonNullable<ReportContext['dataset']['grouping']>,
): NonNullable<ClassificationReport['dataset']['grouping']> {
  return {
    copies: grouping.copies,
    near_copies: grouping.nearCopies,
    kept_together: grouping.keptTogether,
    shared_values: grouping.conversations,
    torn: grouping.torn,
  };
}

/** The model that is kept where it was trained on all training rows; null where it was not. */
export function finalModelOf(
  count: number,
  outcome: { finalFit: boolean; finalSteps: number; finalEpochs: number },
): ClassificationReport['final_model'] {
  if (!outcome.finalFit) return null;
  const note =
    `Trained on all ${formatAmount(count, 'training row')}. ` + 'The scores above are of models that saw fewer rows.';
  return { rows: count, steps: outcome.finalSteps, epochs: outcome.finalEpochs, note };
}

/** The times of a run. */
export function timingsOf(
  total: number,
  timings: {
    modelSeconds: number;
    featuresSeconds: number;
    baselinesSeconds: number;
    foldsSeconds: number;
    finalFitSeconds: number;
    testSeconds: number;
  },
): ClassificationReport['timings'] {
  return {
    total,
    model: timings.modelSeconds,
    features: timings.featuresSeconds,
    baselines: timings.baselinesSeconds,
    folds: timings.foldsSeconds,
    final_fit: timings.finalFitSeconds,
    test: timings.testSeconds,
  };
}

/** The settings that the kept model was trained with: of a search they are those that it found, which the report alone has. */
export function settingsOfReport(
  settings: Settings,
  report: Pick<ClassificationReport, 'method' | 'settings'>,
): Settings {
  const told = settingsOf(report.method).flatMap(({ key, name }) => {
    const value = report.settings[name];
    // «chosen per fold» is a word for a number.
    return value === undefined || typeof value !== typeof settings[key] ? [] : [[key, value] as const];
  });
  return { ...settings, method: report.method, ...Object.fromEntries(told) };
}
