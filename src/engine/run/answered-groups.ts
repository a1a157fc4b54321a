/**
 * Groups of held-out rows that are asked in several ways, by whichever thread is free: a group is told whole, and groups are
 * told in their order, so that nothing that follows depends on who was ready first.
 */
import type { HeldOutRow } from '../../core/run/generation';
import type { AnswerLoss, ModelWay, WrittenAnswer } from '../../core/run/generation-outcome';

/** What a group is asked at once. */
export interface AskedGroup {
  rows: readonly HeldOutRow[];
  way: ModelWay;
  kind: 'score' | 'write';
}

/** What came of it: one a row, null for a row that the way cannot be asked for; one of both is empty. */
export interface GroupResult {
  losses: (AnswerLoss | null)[];
  answers: (WrittenAnswer | null)[];
}

/** A row as a way asks it; null where it cannot. */
export function askedBy({ base, fewShot }: HeldOutRow, way: ModelWay): HeldOutRow['fewShot'] {
  return way === 'few_shot' ? fewShot : base;
}

export class AnsweredGroups {
  readonly #asked: readonly AskedGroup[];
  readonly #each: number;
  readonly #tell: (rows: readonly HeldOutRow[], results: readonly GroupResult[]) => void;
  readonly #results: (GroupResult | undefined)[];
  #next = 0;

  /** Of each group `each` stand side by side in `asked`. `tell` hears of each group its results in that order. */
  constructor(
    asked: readonly AskedGroup[],
    each: number,
    tell: (rows: readonly HeldOutRow[], results: readonly GroupResult[]) => void,
  ) {
    this.#asked = asked;
    this.#each = each;
    this.#tell = tell;
    this.#results = asked.map(() => undefined);
  }

  /** What came of one, in the order of its rows, without those that could not be asked. */
  put(index: number, found: { losses?: readonly AnswerLoss[]; answers?: readonly WrittenAnswer[] }): void {
    const asked = this.#asked[index];
    if (asked === undefined) return;
    this.#results[index] = {
      losses: spread(asked, found.losses),
      answers: spread(asked, found.answers),
    };
    for (;;) {
      const results = this.#results.slice(this.#next, this.#next + this.#each).flatMap((result) => result ?? []);
      const { rows } = this.#asked[this.#next] ?? {};
      if (rows === undefined || results.length < this.#each) return;
      this.#next += this.#each;
      this.#tell(rows, results);
    }
  }
}

function spread<T>({ rows, way }: AskedGroup, found: readonly T[] | undefined): (T | null)[] {
  if (found === undefined) return [];
  const queue = [...found];
  return rows.map((row) => (askedBy(row, way) === null ? null : (queue.shift() ?? null)));
}
