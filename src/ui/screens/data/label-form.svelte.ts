/**
 * What is typed about labels until it is kept. A field is kept as it is left; what could not be kept stays typed, so that
 * nothing is lost on a full disk. Labels that another tab describes meanwhile show that, but for the field being typed in.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Dataset } from '../../../core/data/dataset';
import { descriptionOf, type LabelDescriptions, tidyDescription } from '../../../core/data/label-descriptions';
import { readLabelLines } from '../../../core/data/label-lines';
import { toErrorData } from '../../../core/errors';
import { labelRows, type LabelRow } from './label-rows';

export type Saving =
  { state: 'none' } | { state: 'saving' } | { state: 'saved'; at: number } | { state: 'failed'; message: string };

export interface LabelFormPorts {
  save(changes: LabelDescriptions): Promise<void>;
  now(): number;
}

export class LabelForm {
  readonly #dataset: () => Dataset;
  readonly #ports: LabelFormPorts;
  /** What is typed and not kept, by label. */
  readonly #typed = new SvelteMap<string, string>();
  #active: string | null = $state(null);
  #saving: Saving = $state.raw({ state: 'none' });
  /** What stood there before each save, the last one at the end. */
  #before: readonly LabelDescriptions[] = $state.raw([]);
  #last: Promise<void> = Promise.resolve();
  readonly #rows = $derived.by(() => labelRows(this.#dataset(), this.#typed, this.#active));

  constructor(dataset: () => Dataset, ports: LabelFormPorts) {
    this.#dataset = dataset;
    this.#ports = ports;
  }

  get rows(): readonly LabelRow[] {
    return this.#rows;
  }

  get saving(): Saving {
    return this.#saving;
  }

  get canUndo(): boolean {
    return this.#before.length > 0;
  }

  /** The field that is being typed in, or none. */
  enter(label: string | null): void {
    this.#active = label;
  }

  type(label: string, text: string): void {
    this.#typed.set(label, text);
  }

  /** The field shows what is kept. */
  letGo(label: string): void {
    this.#typed.delete(label);
  }

  /** Keeps what was typed, of one label or of all. Never rejects: `saving` says how it went. */
  async keep(label?: string): Promise<void> {
    const changes: [string, string][] = [];
    for (const [one, text] of [...this.#typed]) {
      if (label !== undefined && one !== label) continue;
      if (tidyDescription(text) === this.#kept(one)) this.letGo(one);
      else changes.push([one, text]);
    }
    if (changes.length > 0) await this.#inTurn(() => this.#save(Object.fromEntries(changes), true));
  }

  /** Takes the last change back. */
  async undo(): Promise<void> {
    await this.#inTurn(async () => {
      const last = this.#before.at(-1);
      if (last === undefined) return;
      this.#before = this.#before.slice(0, -1);
      for (const label of Object.keys(last)) this.letGo(label);
      await this.#save(last, false);
    });
  }

  /** Takes in pasted lines, which fill the labels in sight where they name none, and tells how many found a label and which did not; null where the text is one line. */
  paste(label: string, text: string, inSight: readonly string[]): { placed: number; unplaced: string[] } | null {
    if (!/[\r\n]/u.test(text.trim())) return null;
    const { descriptions, unplaced } = readLabelLines(
      text,
      this.#rows.map((row) => row.label),
      label,
      inSight,
    );
    const placed = Object.entries(descriptions);
    for (const [one, typed] of placed) this.type(one, typed);
    void this.keep();
    return { placed: placed.length, unplaced };
  }

  /** One after the other: what is taken back must have been kept before. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return (this.#last = this.#last.then(work));
  }

  async #save(changes: LabelDescriptions, undoable: boolean): Promise<void> {
    const before = Object.fromEntries(Object.keys(changes).map((label) => [label, this.#kept(label)]));
    this.#saving = { state: 'saving' };
    try {
      await this.#ports.save(changes);
      // What was typed on meanwhile is still to be kept.
      for (const [label, text] of Object.entries(changes)) if (this.#typed.get(label) === text) this.letGo(label);
      if (undoable) this.#before = [...this.#before, before];
      this.#saving = { state: 'saved', at: this.#ports.now() };
    } catch (error) {
      if (!undoable) this.#before = [...this.#before, changes];
      this.#saving = { state: 'failed', message: `${toErrorData(error).message} What you typed stands here.` };
    }
  }

  #kept(label: string): string {
    return descriptionOf(this.#dataset().labelDescriptions, label);
  }
}
