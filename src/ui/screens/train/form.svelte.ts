/**
 * The choices of the train screen for one version of a data set, and all that follows from them: what `auto` becomes,
 * what is wrong, what will happen. Nothing is fixed that the person did not touch: method and device follow the
 * suggestion until they are chosen.
 *
 * Over 300 lines, a debt: half are getters, which one value of all that follows would replace.
 */
import type { DatasetVersion } from '../../../core/data/dataset';
import type { Task } from '../../../core/data/mapping';
import { testPartOf } from '../../../core/settings/test-part';
import { formatCount } from '../../../core/words/numbers';
import { readNumber } from '../../../core/words/read-number';
import type { ModelEntry } from '../../../core/models/card';
import type { EncoderChoice } from '../../../core/models/encoders';
import type { MemoryLimits } from '../../../core/models/memory-limits';
import { DEFAULT_MODEL_ID } from '../../../core/models/registry';
import { MOST_PROBES } from '../../../core/run/probes';
import { type RoomFault, roomFault, sizesOfEntry } from '../../../core/run/step-room';
import { autoChoices, resolveSettings, settingsOf } from '../../../core/settings/defaults';
import { factsOf } from '../../../core/settings/facts';
import { methodDefinition, suggestMethod } from '../../../core/settings/methods';
import type {
  Backend,
  EvaluationPlan,
  Method,
  SettingChoices,
  SettingDefinition,
  SettingFacts,
  SettingKey,
} from '../../../core/settings/settings';
import { encoderForRows, neighbourEncoder } from '../../../core/text/encoder-for-rows';
import type { LanguageTally } from '../../../core/text/language-tally';
import { longestOf, rowsOver, type TokenTally } from '../../../core/text/token-tally';
import { isOwn } from '../../model-words';
import { splitCounts, stepsFor } from './cost';
import { faultOf, parseTyped } from './typed';

type Test = EvaluationPlan['test'];

/** From here on a fifth of the rows can be spared for a last test. */
const ROWS_FOR_HOLD_OUT = 200;
/** A quick trial below this has nothing left in its folds. */
const LEAST_ROWS = 10;

/** What the form looks at besides the version that it was made for, as it is when it is looked at. */
export interface FormSources {
  task: Task;
  /** Models to choose from, the usual one first; a getter where they may become more. */
  readonly models: readonly [ModelEntry, ...ModelEntry[]];
  backend(): Backend;
  /** How much memory the device gives; null while that is not known. */
  limits(): MemoryLimits | null;
  /** Null until they are known. */
  languages(): LanguageTally | null;
  /** How long the rows are to a model other than the default one; null where they were not read with it. */
  otherLengths(modelId: string): TokenTally | null;
}

export class TrainForm {
  readonly #version: DatasetVersion;
  readonly #sources: FormSources;
  #chosenEncoder = $state<EncoderChoice>('auto');
  #lengths = $state.raw<TokenTally | null>(null);
  #chosenMethod = $state<Method | null>(null);
  #finds = $state(false);
  #budget = $state<number | null>(10);
  #withoutRungs = $state.raw<readonly string[]>([]);
  #typed = $state.raw<Partial<Record<SettingKey, string>>>({});
  #folds: number = $state(5);
  #test: Test = $state.raw({ kind: 'none' });
  #testRows = $state(0);
  #limitText = $state('');
  #prompts = $state.raw<readonly string[]>(Array.from({ length: MOST_PROBES }, () => ''));

  readonly #backend = $derived.by(() => this.#sources.backend());
  // Answers take long to write: rows are held out once, in one part or in folds, and not in both ways.
  readonly #evaluation = $derived<EvaluationPlan>({
    folds: this.#folds,
    test: this.writes && this.#folds > 1 ? { kind: 'none' } : this.#test,
  });
  readonly #limitFault = $derived(this.#checkLimit());
  readonly #limit = $derived(this.#limitFault === null ? this.#readLimit() : 0);
  // By all rows: a quick trial on a few of them must not change the method under the person's hands. And by the first
  // encoder, since which one is used follows from the method.
  readonly #suggestion = $derived.by(() =>
    suggestMethod(this.#sources.task, this.#factsOf(0, this.#sources.models[0])),
  );
  readonly #method = $derived(this.#chosenMethod ?? this.#suggestion.method);
  // A search reads with all encoders that there are for one that keeps them as they came; the first is the one that is trained.
  readonly #trains = $derived(!this.#finds && methodDefinition(this.#method).iterated);
  // One encoder is trained: a wish for both waits until the method can have it.
  readonly #encoder = $derived(this.#trains && this.#chosenEncoder === 'both' ? 'auto' : this.#chosenEncoder);
  // What a person brought along is used where it is asked for by name.
  readonly #builtIn = $derived.by(() => builtIn(this.#sources.models));
  readonly #forRows = $derived.by(() => encoderForRows(this.#builtIn, this.#sources.languages()));
  readonly #model = $derived.by(() => this.#findModel());
  readonly #facts = $derived(this.#factsOf(this.#limit, this.#model));
  readonly #definitions = $derived(settingsOf(this.#method));
  readonly #faults = $derived(this.#findFaults());
  readonly #choices = $derived(this.#readChoices());
  readonly #resolved = $derived(resolveSettings(this.#method, this.#choices, this.#facts));
  readonly #room = $derived.by(() => this.#findRoomFault());
  readonly #split = $derived.by(() => splitCounts(this.#version, this.#limit, this.#evaluation, this.#testRows));

  constructor(version: DatasetVersion, sources: FormSources) {
    this.#version = version;
    this.#sources = sources;
    if (testPartOf(version.parts ?? {}) !== null) this.#test = { kind: 'split' };
    else if (this.writes || version.rowCount >= ROWS_FOR_HOLD_OUT) this.#test = { kind: 'hold-out', share: 0.2 };
    if (this.writes) this.#folds = 1;
  }

  /** Answers are written, no labels chosen. */
  get writes(): boolean {
    return this.#sources.task === 'generation';
  }

  /** How long the rows are to the model that reads them; null while that is not known. */
  get lengths(): TokenTally | null {
    return this.#lengthsFor(this.#model.id);
  }

  /** Rows that are longer than the longest that is read; null while that is not known. */
  get cutRows(): number | null {
    return this.lengths === null ? null : rowsOver(this.lengths, this.settings.maxLength);
  }

  #lengthsFor(modelId: string): TokenTally | null {
    // Those of the default model stand beside the rows; those of another encoder are near enough.
    return (modelId === DEFAULT_MODEL_ID ? null : this.#sources.otherLengths(modelId)) ?? this.#lengths;
  }

  #factsOf(limit: number, { id, shape, card }: ModelEntry): SettingFacts {
    return factsOf(this.#version, this.#lengthsFor(id), {
      backend: this.#backend,
      evaluation: this.#evaluation,
      limit,
      model: { layers: shape.layers, maxTokens: card.maxTokens },
    });
  }

  #findModel(): ModelEntry {
    const { models } = this.#sources;
    const several = this.#encoder === 'auto' || (this.#encoder === 'both' && this.#finds);
    const id = several && (this.#trains || this.#finds) ? this.#forRows.modelId : this.#encoder;
    return models.find((model) => model.id === id) ?? models[0];
  }

  /** What reads, as it is asked for: *both* only where the method keeps the encoders as they came. */
  get encoder(): EncoderChoice {
    return this.#encoder;
  }

  /** The first encoder: the one that a method which trains changes. */
  get model(): ModelEntry {
    return this.#model;
  }

  /** The method changes its encoder, of which there is one then. */
  get trains(): boolean {
    return this.#trains;
  }

  /** Why it is this encoder where a method that trains may choose it. */
  get encoderWhy(): string {
    return this.#forRows.why;
  }

  /** The models that texts are read with, the first one first; beside one that writes, the encoder that finds near rows. */
  get readers(): ModelEntry[] {
    if (this.writes) return [this.#model, neighbourEncoder(this.#sources.languages())];
    const several = !this.#trains && (this.#encoder === 'auto' || this.#encoder === 'both');
    if (!several) return [this.#model];
    return [this.#model, ...this.#builtIn.filter((model) => model !== this.#model)];
  }

  chooseEncoder(encoder: EncoderChoice): void {
    this.#chosenEncoder = encoder;
  }

  /** What works is found; else one method is tried by hand. */
  get finds(): boolean {
    return this.#finds;
  }

  setFinds(finds: boolean): void {
    this.#finds = finds && !this.writes;
  }

  /** Minutes that a search may take; null = no limit. */
  get budget(): number | null {
    return this.#budget;
  }

  setBudget(minutes: number | null): void {
    this.#budget = minutes;
  }

  /** True where a search takes this rung on. */
  takesRung(id: string): boolean {
    return !this.#withoutRungs.includes(id);
  }

  setRung(id: string, takes: boolean): void {
    const others = this.#withoutRungs.filter((other) => other !== id);
    this.#withoutRungs = takes ? others : [...others, id];
  }

  get method(): Method {
    return this.#method;
  }

  get suggestion(): { method: Method; why: string } {
    return this.#suggestion;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get evaluation(): EvaluationPlan {
    return this.#evaluation;
  }

  get split(): ReturnType<typeof splitCounts> {
    return this.#split;
  }

  get limitText(): string {
    return this.#limitText;
  }

  get limitFault(): string | null {
    return this.#limitFault;
  }

  /** Rows of a quick trial; 0 = all. */
  get limit(): number {
    return this.#limit;
  }

  /** The settings that the method uses, in the order of the form. */
  get definitions(): SettingDefinition[] {
    return this.#definitions;
  }

  /** Valid hand-set values and `auto` for the rest. */
  get choices(): SettingChoices {
    return this.#choices;
  }

  get settings(): ReturnType<typeof resolveSettings>['settings'] {
    return this.#resolved.settings;
  }

  get why(): ReturnType<typeof resolveSettings>['why'] {
    const { why } = this.#resolved;
    // Before the rows were read the longest is a guess, and what it would cut is not known.
    if (!this.writes || this.lengths !== null || !this.isAuto('maxLength')) return why;
    return { ...why, maxLength: 'At most this: it follows the rows, once the model has read them.' };
  }

  /** What is likely to go wrong with what was typed, though it may be used. */
  get cautions(): ReturnType<typeof resolveSettings>['cautions'] {
    return this.#resolved.cautions;
  }

  /** What is wrong with what was typed, by setting. */
  get faults(): Partial<Record<SettingKey, string>> {
    return this.#faults;
  }

  /** Everything that keeps these choices from being run, in words. */
  get fault(): string | null {
    const wrong = Object.values(this.#faults).length;
    // A search takes none of what was typed for one method.
    if (wrong > 0 && !this.#finds)
      return wrong === 1 ? 'One setting cannot be used.' : `${wrong} settings cannot be used.`;
    return this.#limitFault ?? this.#room?.message ?? null;
  }

  /** Why the longest row does not fit this device, with what would; null where it fits, and while its length is not known. */
  get room(): RoomFault | null {
    return this.#room;
  }

  /** Steps of one fold and of the final fit, at most. */
  get steps(): { fold: number; final: number } {
    const { training, folds } = this.#split;
    const heldOut = folds.length > 1 ? (folds[0] ?? 0) : 0;
    return { fold: stepsFor(this.settings, training - heldOut), final: stepsFor(this.settings, training) };
  }

  get anyHandSet(): boolean {
    return Object.keys(this.#typed).length > 0;
  }

  isAuto(key: SettingKey): boolean {
    return this.#typed[key] === undefined;
  }

  typed(key: SettingKey): string | null {
    return this.#typed[key] ?? null;
  }

  setLengths(lengths: TokenTally | null): void {
    this.#lengths = lengths;
  }

  chooseMethod(method: Method): void {
    this.#chosenMethod = method;
  }

  type(key: SettingKey, text: string): void {
    this.#typed = { ...this.#typed, [key]: text };
  }

  toAuto(key: SettingKey): void {
    const { [key]: _, ...rest } = this.#typed;
    this.#typed = rest;
  }

  allToAuto(): void {
    this.#typed = {};
  }

  setFolds(folds: number): void {
    this.#folds = folds;
  }

  /** `rows` of an own test file; 0 otherwise. */
  setTest(test: Test, rows = 0): void {
    this.#test = test;
    this.#testRows = rows;
  }

  setLimit(text: string): void {
    this.#limitText = text;
  }

  /** Fixed prompts as typed, in the order of their fields; empty where none stands. */
  get prompts(): readonly string[] {
    return this.#prompts;
  }

  setPrompt(place: number, text: string): void {
    this.#prompts = this.#prompts.map((own, i) => (i === place ? text : own));
  }

  #findFaults(): Partial<Record<SettingKey, string>> {
    const faults: Partial<Record<SettingKey, string>> = {};
    for (const definition of this.#definitions) {
      const text = this.#typed[definition.key];
      const fault = text === undefined ? null : faultOf(definition, text);
      if (fault !== null) faults[definition.key] = fault;
    }
    return faults;
  }

  #findRoomFault(): RoomFault | null {
    const [lengths, limits] = [this.lengths, this.#sources.limits()];
    if (!this.writes || lengths === null || limits === null) return null;
    const { rank, targetModules: targets, maxLength } = this.settings;
    const sizes = sizesOfEntry(this.#model, { rank, targets });
    return sizes && roomFault(sizes, Math.min(longestOf(lengths), maxLength), limits);
  }

  #readChoices(): SettingChoices {
    const set: Partial<Record<SettingKey, unknown>> = {};
    for (const definition of this.#definitions) {
      const text = this.#typed[definition.key];
      if (text !== undefined && this.#faults[definition.key] === undefined)
        set[definition.key] = parseTyped(definition, text);
    }
    // Every value was checked against its definition above.
    return Object.assign(autoChoices(), set);
  }

  /** Rows as typed; 0 for an empty field, and for what is no number. */
  #readLimit(): number {
    const read = readNumber(this.#limitText, 'integer');
    return read.ok ? read.value : 0;
  }

  #checkLimit(): string | null {
    if (this.#limitText.trim() === '') return null;
    const read = readNumber(this.#limitText, 'integer');
    if (!read.ok && read.inDoubt !== null) return `Quick trial: ${read.words}`;
    const least = Math.max(LEAST_ROWS, this.#folds * 2);
    if (read.ok && Number.isInteger(read.value) && read.value >= least) return null;
    return `Quick trial: expected a whole number of at least ${formatCount(least)} rows, or nothing for all.`;
  }
}

/** Those of some models that came with the page. */
function builtIn([first, ...others]: FormSources['models']): [ModelEntry, ...ModelEntry[]] {
  return [first, ...others.filter((model) => !isOwn(model))];
}
