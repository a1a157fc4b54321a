/**
 * What a report says of a search: its table with what every rung bought and cost, the rung to use and the one that is kept,
 * and the settings that were tried. Figures of a part are marked as such: they never stand as equals beside those of the whole.
 */
import type { Judge } from '../search/answers';
import type { Conclusion } from '../search/conclusion';
import type { LadderPlan } from '../search/plan';
import type { Rung } from '../search/rung';
import { candidatesOf, MOST_TRIED } from '../search/settings-search';
import { differenceOf, type LadderTable } from '../search/table';
import { ladderWords } from '../search/words';
import { lower } from '../words/title';
import { metricDefinition } from '../metrics/registry';
import type { Settings } from '../settings/settings';
import { formatDuration, formatPoints } from '../words/numbers';
import type { LadderSection, SearchSection } from './ladder-schema';
import { settingsInWords } from './run-facts';

export interface SearchReport {
  ladder: LadderSection;
  search: SearchSection | null;
  words: { sentence: string; detail: string[]; notes: string[] };
}

export interface SearchFacts {
  plan: LadderPlan;
  judge: Judge;
  rungs: readonly Rung[];
  /** Of each rung that is a method, with everything on auto. */
  settings: Readonly<Record<string, Settings>>;
  table: LadderTable;
  conclusion: Conclusion;
  stopped: boolean;
  /** The rung that is kept was fitted to all rows: only then there is a model of it. */
  fitted: boolean;
}

/** The sections of a report, and its words. */
export function searchReport({
  table: { keeps: _, ...table },
  conclusion,
  stopped,
  fitted,
  ...facts
}: SearchFacts): SearchReport {
  const { all, kept } = conclusion;
  const words = ladderWords(facts.plan, facts.judge, all, stopped);
  return {
    ladder: {
      ...table,
      rungs: table.rungs.map((row) => {
        const own = facts.settings[row.rung];
        const beside = differenceOf(all.beside.get(row.rung) ?? null);
        return { ...row, beside, settings: own ? settingsInWords(own) : null };
      }),
      ...{ recommended: all.recommended, kept: kept.recommended, over: all.over, stopped },
      gain: differenceOf(all.gain),
      floor: { label: all.floor.label, gain: differenceOf(all.floor.gain) },
      score: all.nested.score,
      chosen: all.nested.chosen,
    },
    search: searchSection(conclusion, facts),
    words: {
      ...words,
      detail: [
        ...words.detail,
        ...keptWords(conclusion, table, fitted),
        ...(fitted ? [] : [missingModelWords(conclusion, table)]),
      ],
    },
  };
}

/** Of a model that is not the rung to use: what is kept, and how it stands beside that. */
function keptWords({ all, kept, beside }: Conclusion, { rungs, metric }: LadderTable, fitted: boolean): string[] {
  if (all.recommended === kept.recommended) return [];
  const title = (rung: string): string => rungs.find((row) => row.rung === rung)?.title ?? rung;
  const figures = beside
    ? `: ${formatPoints(beside.mean)} points beside it, 95 % interval ${formatPoints(beside.ci95[0])} to ${formatPoints(beside.ci95[1])}`
    : '';
  const instead = fitted ? 'what is kept to try and to take' : 'the best that leaves one';
  return [
    `There is no model of ${lower(title(all.recommended))} to keep: ${instead} is ${lower(title(kept.recommended))}${figures}; ` +
      `the ${metricDefinition(metric).name} below is of that.`,
  ];
}

/** Of a search that ended before its final fit did: that there is no model, and how to have one. */
function missingModelWords({ kept }: Conclusion, { rungs }: LadderTable): string {
  const own = rungs.find(({ rung }) => rung === kept.recommended);
  const title = lower(own?.title ?? kept.recommended);
  const takes = own ? `, which takes ${formatDuration(1000 * own.cost)}` : '';
  return (
    `No model was kept: the final fit of ${title} was not finished. Start the search again, or train ${title} by ` +
    `itself${takes}, to have one.`
  );
}

function searchSection(
  { kept }: Conclusion,
  { rungs, settings }: Pick<SearchFacts, 'rungs' | 'settings'>,
): SearchSection | null {
  const { search, recommended } = kept;
  const auto = settings[recommended];
  const rung = rungs.find(({ id }) => id === recommended);
  if (!search || !auto || !rung) return null;
  const candidates = candidatesOf(rung.searched, auto, MOST_TRIED);
  return {
    rung: recommended,
    tried: search.tried.map(({ candidate, share: of, score }) => ({
      ...{ auto: candidate === 0, share: of, score, best: candidate === search.best },
      settings: settingsInWords(candidates[candidate] ?? auto),
    })),
    score: search.bestScore,
    gain: differenceOf(search.gain),
    taken: search.taken,
  };
}
