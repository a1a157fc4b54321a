/**
 * The rungs of a search for what works: every way to answer that there is for a task, from label names alone to methods
 * that train every layer. Methods are read from their descriptors; none is named here.
 */
import type { Task } from '../data/mapping';
import { AppError } from '../errors';
import { BASELINE_WORDS } from '../settings/baselines';
import type { ModelSize } from '../settings/method';
import { methodsFor } from '../settings/methods';
import type { SearchedSetting } from '../settings/search-space';
import type { BaselineId, Method } from '../settings/settings';

/** What is fitted: nothing but the names of labels, a baseline that no method is, or a method. */
export type RungWork = { kind: 'names' } | { kind: 'baseline'; id: BaselineId } | { kind: 'method'; method: Method };

export interface Rung {
  /** The method's or baseline's own; `label_names`. */
  id: string;
  title: string;
  /** What it is, in a line under its title. */
  note: string;
  work: RungWork;
  /** What is searched of it once it leads. */
  searched: readonly SearchedSetting[];
  /** It is tried on the other encoders that the run reads with too; absent: on the first alone. */
  everyEncoder?: boolean;
}

const NAMES: Rung = {
  id: 'label_names',
  title: 'Label names',
  note: 'Each text against the label’s name or description, no rows',
  work: { kind: 'names' },
  searched: [],
};

/** Why these rungs alone find nothing to keep; null where they may. */
export function choiceFault(chosen: readonly Rung[]): string | null {
  if (chosen.some(({ work }) => work.kind === 'method')) return null;
  if (chosen.length === 0) return 'Choose at least one rung.';
  return 'Choose at least one rung more: those chosen leave no model to keep.';
}

/**
 * The rungs that a search takes on, in the order of all; `ids` absent: all. Throws `config-invalid` for an id that is none
 * of theirs, and where those chosen leave no model.
 */
export function chosenRungs(rungs: readonly Rung[], ids: readonly string[] | undefined): Rung[] {
  const unknown = ids?.find((id) => !rungs.some((rung) => rung.id === id));
  if (unknown !== undefined) {
    const known = rungs.map(({ id }) => id).join(', ');
    throw new AppError('config-invalid', `There is no rung «${unknown}» here: expected some of ${known}.`);
  }
  const chosen = rungs.filter(({ id }) => ids?.includes(id) ?? true);
  const fault = choiceFault(chosen);
  if (fault !== null) throw new AppError('config-invalid', fault);
  return chosen;
}

/** Baselines that are no method and still worth a rung: the commonest label is what every rung has to be above. */
const RUNG_BASELINES: readonly BaselineId[] = ['tfidf_logistic_regression'];

/** The method whose settings all rungs share: one that keeps encoders as they came; null where there is nothing to search. */
export function sharedMethod(task: Task, model: ModelSize): Method | null {
  return methodsFor(task, model).find(({ baseline, search }) => baseline !== null && search)?.id ?? null;
}

/** The rungs of a task on a model, in the order of their descriptors; a plan puts them in that of their cost. */
export function rungsOf(task: Task, model: ModelSize): Rung[] {
  const methods = methodsFor(task, model)
    .flatMap((method) => (method.search ? [{ method, search: method.search }] : []))
    .sort((a, b) => a.search.place - b.search.place)
    .map(({ method: { id, title, technicalName }, search }): Rung => {
      const work: RungWork = { kind: 'method', method: id };
      const { everyEncoder = false } = search;
      return {
        ...{ id, title, note: technicalName, work, searched: search.settings(model) },
        ...(everyEncoder && { everyEncoder }),
      };
    });
  if (methods.length === 0) return [];
  const baselines = RUNG_BASELINES.map((id): Rung => {
    const { title, note } = BASELINE_WORDS[id];
    return { id, title, note, work: { kind: 'baseline', id }, searched: [] };
  });
  return [NAMES, ...baselines, ...methods];
}
