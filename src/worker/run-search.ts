/** What a run that finds what works has beside any run that learns to tell labels: its rungs, its table, its report. */
import { buildReport } from '../core/report/build-report';
import { type ReportContext, encodersIn } from '../core/report/context';
import { searchReport } from '../core/report/ladder';
import { searchJudge } from '../core/report/search-judge';
import type { RunRequest, RunSearch } from '../core/run/record';
import type { LadderPlan } from '../core/search/plan';
import { chosenRungs, type Rung, rungsOf } from '../core/search/rung';
import { type LadderTable, ladderTable } from '../core/search/table';
import { formatPercent } from '../core/words/numbers';
import { resolveSettings } from '../core/settings/defaults';
import type { ModelSize } from '../core/settings/method';
import type { SettingFacts, Settings } from '../core/settings/settings';
import type { ExperimentInput } from '../engine/run/experiment';
import { runSearch, type SearchInput, type SearchResult } from '../engine/run/search';
import type { RunRecorder } from './run-recorder';
import type { RunResult } from './run-task';

/** The rungs of a search and the settings of each that is a method: all on auto, but cut and drawn as the search is. */
export interface Rungs {
  rungs: Rung[];
  settings: Record<string, Settings>;
}

/** The rungs that the request takes on; the settings are those that all rungs share. Throws as `chosenRungs` does. */
export function rungsFor(
  { choices, search }: Pick<RunRequest, 'choices' | 'search'>,
  { maxLength, seed }: Settings,
  { facts, model }: { facts: SettingFacts; model: ModelSize },
): Rungs {
  const rungs = chosenRungs(rungsOf('classification', model), search?.rungs);
  const settings = rungs.flatMap(({ id, work }): [string, Settings][] =>
    work.kind === 'method' ? [[id, { ...resolveSettings(work.method, choices, facts).settings, maxLength, seed }]] : [],
  );
  return { rungs, settings: Object.fromEntries(settings) };
}

export interface SearchParts {
  request: NonNullable<RunRequest['search']>;
  experiment: Omit<ExperimentInput, 'measured' | 'letGo' | 'place'>;
  context: ReportContext;
  own: Rungs;
  recorder: RunRecorder;
  /** Where a search that goes on was; its plan is in the context. */
  before: RunSearch | null;
}

/** The state of a search that nothing is known of. */
const BEGUN: RunSearch = { table: null, now: null, skipped: [], stopped: false };

/** What is said of rungs that were done or dropped since the table before. */
function endedIn(before: LadderTable | null, { rungs }: LadderTable): string[] {
  return rungs.flatMap(({ rung, title, state, score, seen, why }) => {
    if (state === before?.rungs.find((row) => row.rung === rung)?.state) return [];
    if (state === 'dropped') return [`${title} is dropped: ${why ?? ''}`];
    return state === 'done' && score !== null ? [`${title}: ${formatPercent(score)} on ${seen ?? 'all folds'}.`] : [];
  });
}

/** What a report is of, where a plan leaves encoders out: those are none of it. */
export function readBy(
  { furtherModels = [], ...context }: ReportContext,
  { encoders = Infinity }: LadderPlan,
): ReportContext {
  const read = furtherModels.slice(0, encoders - 1);
  return { ...context, ...(read.length > 0 && { furtherModels: read }) };
}

/** What a report is of, where the encoder that is trained is another than the first. */
function trainedOn({ model, furtherModels = [], ...context }: ReportContext, encoder: number): ReportContext {
  const readers = [model, ...furtherModels];
  const own = readers[encoder] ?? model;
  const others = readers.filter((one) => one !== own);
  return { ...context, readers, model: own, ...(others.length > 0 && { furtherModels: others }) };
}

/** Runs a search; what it came to, ready to be reported. */
export async function workOnSearch({ request, experiment, context, own, recorder, before }: SearchParts): Promise<{
  result: SearchResult;
  end: Pick<RunResult, 'report' | 'change'>;
}> {
  let state = before ?? BEGUN;
  const tell = (change: Partial<RunSearch>): void => {
    state = { ...state, ...change };
    recorder.tellSearch(state);
  };
  const { rungs, settings } = own;
  const input: SearchInput = {
    ...experiment,
    ...{ request, rungs, judge: searchJudge(context) },
    settingsOf: ({ id }) => settings[id] ?? context.settings,
    before: { plan: context.search?.plan ?? null, skipped: state.skipped, stopped: state.stopped },
    search: {
      onPlan: (plan) => recorder.change({}, { ...readBy(context, plan), search: { plan, rungs, settings } }),
      onTable(table, now) {
        for (const message of endedIn(state.table, table)) recorder.onLog(message);
        tell({ table, now });
      },
      onTrial: (piece) => recorder.onBaseline(piece),
      onSkipped(skipped) {
        tell({ skipped: [...state.skipped, skipped] });
        recorder.change({});
      },
      onStopped() {
        recorder.onLog('Enough: the best rung that has all its folds is fitted to all rows.');
        tell({ stopped: true });
        recorder.change({});
      },
    },
  };
  const result = await runSearch(input);
  const { plan, seen, conclusion, stopped } = result;
  const read = plan ? readBy(context, plan) : context;
  const ended = { ...trainedOn(read, result.encoder), settings: result.settings };
  const readMs = 1000 * result.outcome.timings.featuresSeconds;
  const found =
    plan &&
    conclusion &&
    searchReport({
      ...{ plan, conclusion, rungs, settings, stopped, judge: input.judge, fitted: result.outcome.finalFit },
      encoders: encodersIn(read)
        .slice(0, result.encoders)
        .map(({ title }) => title),
      table: ladderTable({ plan, judge: input.judge, seen, readMs }, rungs),
    });
  return {
    result,
    end: {
      report: (ending) => Promise.resolve(buildReport(ended, result.outcome, ending, found)),
      change: { settings: result.settings, method: result.settings.method, modelId: ended.model.id },
    },
  };
}
