/**
 * The run that a form asks for, as it would be started now, and what was measured of it. Of a search also its rungs and its
 * plan for the budget. All follows from the form: nothing is kept here.
 */
import type { CheckSpec } from '../../../core/checks/check';
import type { Dataset } from '../../../core/data/dataset';
import type { PlanEstimate } from '../../../core/run/estimate';
import { findsModel, type LadderPlan, planWords, type SearchRequest } from '../../../core/search/plan';
import { choiceFault, type Rung, rungsOf, sharedMethod } from '../../../core/search/rung';
import { autoChoices } from '../../../core/settings/defaults';
import type { Measuring, Plan } from '../../../state/measuring.svelte';
import { budgetMs, planOf } from './find-words';
import type { TrainForm } from './form.svelte';

/** What it looks at besides the form, as it is when it is looked at. */
export interface PlanSources {
  dataset(): Dataset;
  /** What written answers are checked by; null where nobody chose. */
  checks(): readonly CheckSpec[] | null;
  measuring: Pick<Measuring, 'of'>;
}

export class RunPlan {
  readonly #form: TrainForm;
  readonly #sources: PlanSources;
  readonly #plan = $derived.by(() => this.#read());
  readonly #rungs = $derived.by(() =>
    this.#form.finds ? rungsOf(this.#sources.dataset().task, this.#form.model.shape) : [],
  );
  readonly #taken = $derived(this.#rungs.filter(({ id }) => this.#form.takesRung(id)));
  readonly #estimate = $derived.by(() => {
    const measurement = this.#sources.measuring.of(this.#plan);
    return measurement.kind === 'done' ? measurement.estimate : null;
  });
  readonly #ladder = $derived.by(() =>
    this.#form.finds ? planOf(this.#estimate?.rungs, this.#form.budget, (rung) => this.#form.takesRung(rung)) : null,
  );

  constructor(form: TrainForm, sources: PlanSources) {
    this.#form = form;
    this.#sources = sources;
  }

  /** As it is measured: what rungs take does not depend on the budget, nor on which of them take part. */
  get measured(): Plan {
    return this.#plan;
  }

  /** As it is started. */
  get started(): Plan {
    if (!this.#plan.search) return this.#plan;
    const search: SearchRequest = {
      budgetMs: budgetMs(this.#form.budget),
      measured: this.#estimate?.rungs ?? null,
      ...(this.#taken.length < this.#rungs.length && { rungs: this.#taken.map(({ id }) => id) }),
    };
    return { ...this.#plan, search };
  }

  /** Null until it was measured. */
  get estimate(): PlanEstimate | null {
    return this.#estimate;
  }

  /** All rungs of a search, those that take no part too. */
  get rungs(): readonly Rung[] {
    return this.#rungs;
  }

  /** Of a search, for its budget; null until its rungs were measured. */
  get ladder(): LadderPlan | null {
    return this.#ladder;
  }

  /** Why the rungs that take part find nothing to keep; null where they may. */
  get choiceFault(): string | null {
    return this.#form.finds ? choiceFault(this.#taken) : null;
  }

  /** Why it cannot be run, as far as the form does not say so itself. */
  get fault(): string | null {
    const short = this.#ladder && !findsModel(this.#ladder) ? planWords(this.#ladder) : null;
    return this.choiceFault ?? short;
  }

  #read(): Plan {
    const { method, choices, evaluation, backend, limit, encoder, prompts, writes, finds, model } = this.#form;
    const { id: datasetId, currentVersion: datasetVersion, labelDescriptions, task } = this.#sources.dataset();
    const asked = prompts.filter((text) => text.trim() !== '');
    const base = { datasetId, datasetVersion, modelId: model.id, evaluation, backend, limit };
    const described = labelDescriptions && { labelDescriptions };
    const shared = finds ? sharedMethod(task, model.shape) : null;
    if (shared) {
      const search = { budgetMs: null, measured: null };
      return { ...base, method: shared, choices: autoChoices(), encoder, search, ...described };
    }
    if (!writes) return { ...base, method, choices, encoder, ...described };
    const checks = this.#sources.checks();
    return {
      ...base,
      method,
      choices,
      ...(asked.length > 0 && { prompts: asked }),
      ...described,
      ...(checks && { checks: [...checks] }),
    };
  }
}
