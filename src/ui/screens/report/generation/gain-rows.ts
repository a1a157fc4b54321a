/** What tuning gains in closeness over each way that needs no training, as rows on one axis. Pure. */
import { UNTRAINED } from '../../../../core/report/generation/scores';
import { WAY_WORDS } from '../../../../core/report/generation/ways';
import type { GenerationReport } from '../../../../core/report/report';
import { type Axis, roundAxis } from '../../../charts/axis';

export interface GainRow {
  way: (typeof UNTRAINED)[number];
  /** «few-shot prompt» */
  name: string;
  gain: number;
  /** Null where rows are too few for one. */
  interval: [number, number] | null;
}

export interface GainFigures {
  axis: Axis;
  rows: GainRow[];
}

/** One row a way; null where there is nothing to compare with. */
export function gainFigures({ generation }: GenerationReport): GainFigures | null {
  const rows = UNTRAINED.flatMap((way): GainRow[] => {
    const gain = generation.gains[way]?.chrf;
    if (!gain) return [];
    return [{ way, name: WAY_WORDS[way].title.toLowerCase(), gain: gain.difference, interval: gain.ci95 }];
  });
  if (rows.length === 0) return null;
  const ends = rows.flatMap(({ gain, interval }) => [gain, ...(interval ?? [])]);
  return { axis: roundAxis(Math.min(0, ...ends), Math.max(0, ...ends), 4), rows };
}
