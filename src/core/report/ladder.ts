/**
 * What a report says of a search: its table with what every rung bought and cost, the rung to use, and the settings that
 * were tried. Figures of a part are marked as such: they never stand as equals beside those of the whole.
 */
import type { Judge } from '../search/answers';
import type { LadderOutcome } from '../search/outcome';
import type { LadderPlan } from '../search/plan';
import type { Rung } from '../search/rung';
import { candidatesOf, MOST_TRIED } from '../search/settings-search';
import { differenceOf, type LadderTable } from '../search/table';
import { ladderWords } from '../search/words';
import { lower } from '../words/title';
import type { Settings } from '../settings/settings';
import { formatDuration } from '../words/numbers';
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
  conclusion: LadderOutcome;
  stopped: boolean;
  /** Titles of the encoders that were read with, the first one's first. */
  encoders: readonly string[];
  /** The recommended rung was fitted to all rows: only then there is a model of it. */
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
  const { recommended, over, gain, floor, nested } = conclusion;
  const words = ladderWords(facts.plan, facts.judge, conclusion, stopped);
  const search = searchSection(conclusion, facts);
  return {
    ladder: {
      ...table,
      rungs: table.rungs.map((row) => {
        const own = facts.settings[row.rung];
        const beside = differenceOf(conclusion.beside.get(row.rung) ?? null);
        return { ...row, beside, settings: own ? settingsInWords(own) : null };
      }),
      ...{ recommended, over, stopped },
      gain: differenceOf(gain),
      floor: { label: floor.label, gain: differenceOf(floor.gain) },
      score: nested.score,
      chosen: nested.chosen,
    },
    search,
    words: {
      ...words,
      detail: [
        ...otherEncoderWords(search, facts.encoders, fitted),
        ...words.detail,
        ...(fitted ? [] : [missingModelWords(conclusion, table, trainedEncoder(search))]),
      ],
    },
  };
}

/** Of a search that ended before its final fit did: that there is no model, and how to have one. */
function missingModelWords(
  { recommended }: LadderOutcome,
  { rungs }: Pick<LadderTable, 'rungs'>,
  encoder: string | null,
): string {
  const own = rungs.find(({ rung }) => rung === recommended);
  const title = lower(own?.title ?? recommended) + (encoder === null ? '' : ` on ${encoder}`);
  // What was timed is the first encoder.
  const takes = own && encoder === null ? `, which takes ${formatDuration(1000 * own.cost)}` : '';
  return (
    `No model was kept: the final fit of ${title} was not finished. Start the search again, or train ${title} by ` +
    `itself${takes}, to have one.`
  );
}

/** Which encoder is trained, where that is not the one that all rungs were looked at on. */
function otherEncoderWords(search: SearchSection | null, [first = '']: readonly string[], fitted: boolean): string[] {
  const encoder = trainedEncoder(search);
  if (encoder === null) return [];
  const trains = fitted ? 'It trains' : 'It would train';
  return [`${trains} ${encoder}, which was better on the same folds than ${first}; times are those of ${first}.`];
}

/** Its title, where it is another than the first. */
function trainedEncoder(search: SearchSection | null): string | null {
  return search?.taken === true ? (search.tried.find(({ best }) => best)?.encoder ?? null) : null;
}

function searchSection(
  { search, recommended }: LadderOutcome,
  { rungs, settings, encoders }: Pick<SearchFacts, 'rungs' | 'settings' | 'encoders'>,
): SearchSection | null {
  const auto = settings[recommended];
  const rung = rungs.find(({ id }) => id === recommended);
  if (!search || !auto || !rung) return null;
  const candidates = candidatesOf(rung, auto, { encoders: encoders.length, count: MOST_TRIED });
  return {
    rung: recommended,
    tried: search.tried.map(({ candidate, share: of, score }) => {
      const { settings: own = auto, encoder = 0 } = candidates[candidate] ?? {};
      return {
        ...{ auto: candidate === 0, share: of, score, best: candidate === search.best },
        ...(encoder > 0 && { encoder: encoders[encoder] }),
        settings: settingsInWords(own),
      };
    }),
    score: search.bestScore,
    gain: differenceOf(search.gain),
    taken: search.taken,
  };
}
