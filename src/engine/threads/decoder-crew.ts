/**
 * The threads that help with a decoder on the CPU: each has a copy of the frozen weights. Of a step of its adapter they are
 * given the adapter's values and their share of the micro-batches, and answer with gradients; jobs (rows to score, prompts to
 * answer) they do whole, one after the other, this thread too.
 *
 * Promises: no bit depends on how many there are (`fit/shared-step.ts` adds in order); one that fails or hangs gives back
 * what it had, which is said once; one that has not started yet is not waited for; nothing is dealt while a run is paused;
 * `end` leaves none behind.
 *
 * Over 300 lines, since steps and jobs are dealt to the same threads, which fail in the same way.
 */
import { AppError } from '../../core/errors';
import type { Pace } from '../fit/pace';
import type { ComputedPart, SharedStep } from '../fit/shared-step';
import type { Decoder } from '../models/decoder';
import { parameter } from '../models/weights';
import { currentPath } from '../ops/path';
import type { WasmHeap } from '../ops/wasm/heap';
import { copyDecoder } from './decoder-copy';
import type { AdapterValues, CrewTask, FromCrewThread, ToCrewThread } from './decoder-messages';
import { Patience, silentFor } from './patience';
import type { Thread, Threads } from './threads';

/** How long threads may take to start before steps begin without them, in ms: a step takes as long. */
const PATIENCE_MS = 10_000;

/** Jobs given to a thread at once: this one may be long at its own. */
const DEALT_JOBS = 2;

/** Whoever waits for others' jobs looks so often whether the run is to go on, in ms. */
const LOOK_MS = 200;

/** Where such threads come from. */
export type CrewThreads<T extends CrewTask> = Threads<ToCrewThread<T>, FromCrewThread<T>>;

/** A micro-batch and its padded tokens, by which shares are made equal. */
export interface StepPart<T extends CrewTask> {
  work: T['work'];
  tokens: number;
}

/** A decoder with an adapter on the crew's weights; `trainable` are the adapter's names, in the order of the gradients. */
export interface TunedDecoder {
  decoder: Decoder;
  trainable: readonly string[];
}

export interface SharedJobs<T extends CrewTask> {
  jobs: readonly { job: T['job']; tuned: boolean }[];
  /** What the tuned ones are done with; null where there are none. */
  tuned: TunedDecoder | null;
  pace: Pace;
  /** Does one on this thread; `look` is to be called at its turns. Null when stopped. */
  here(index: number, look: () => void): Promise<T['result'] | null>;
  /** Told of each once, in any order. */
  done(index: number, result: T['result']): void;
}

interface Member<T extends CrewTask> {
  thread: Thread<ToCrewThread<T>>;
  opened: boolean;
  /** Places it has of this step and did not answer, in its order. */
  dealt: number[];
  /** The job it is at, and the next. */
  asked: { number: number; index: number }[];
  /** When it was given what it has, or answered last. */
  sinceMs: number;
  /** To be called when it runs, or will not. */
  settle(): void;
}

export class DecoderCrew<T extends CrewTask> {
  readonly #members = new Set<Member<T>>();
  readonly #patience = new Patience();
  readonly #heap: WasmHeap;
  readonly #say: (message: string) => void;
  #failed = false;
  #step = 0;
  #arrivals: ComputedPart[] = [];
  #returned: number[] = [];
  #jobs = 0;
  #answers: { index: number; result: T['result'] }[] = [];
  #wake: () => void = () => undefined;

  private constructor(heap: WasmHeap, say: (message: string) => void) {
    this.#heap = heap;
    this.#say = say;
  }

  /** Starts `count` threads with copies of the model's weights, and waits until they are ready, 10 s at most. */
  static async start<T extends CrewTask>(
    threads: CrewThreads<T>,
    count: number,
    model: Decoder,
    say: (message: string) => void,
  ): Promise<DecoderCrew<T>> {
    const path = currentPath();
    if (path.kind !== 'wasm') throw new AppError('internal', 'Steps are shared on the CPU only.');
    const crew = new DecoderCrew<T>(path.heap, say);
    try {
      const opened = Array.from({ length: count }, () => crew.#startMember(threads, model));
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([Promise.all(opened), new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
      clearTimeout(timer);
      return crew;
    } catch (error) {
      crew.end();
      throw error;
    }
  }

  /** Threads beside this one. */
  get size(): number {
    return this.#members.size;
  }

  /** A step of the adapter. */
  step(tuned: TunedDecoder, parts: readonly StepPart<T>[]): SharedStep {
    const own: number[] = [];
    let takenMs: number | null = null;
    return {
      begin: () => {
        this.#clear();
        own.push(...this.#deal(tuned, parts));
      },
      take: () => {
        const place = own.shift() ?? this.#returned.shift() ?? this.#takeOver();
        takenMs = place === null ? null : performance.now();
        return place;
      },
      collect: () => {
        // What this thread needs for one, the others may need too.
        if (takenMs !== null) this.#patience.saw(performance.now() - takenMs);
        takenMs = null;
        const arrivals = this.#arrivals;
        this.#arrivals = [];
        return arrivals;
      },
      news: () => this.#news(),
      end: () => this.#clear(),
    };
  }

  /** Does jobs on all threads, each job on one. False when stopped; throws what the pace and this thread's jobs throw. */
  async share(plan: SharedJobs<T>): Promise<boolean> {
    this.#clear();
    const { jobs, pace, here, done } = plan;
    const open = [...jobs.keys()];
    const informed = new Set<Member<T>>();
    const take = (): number | undefined => this.#returned.shift() ?? open.shift();
    const missing = new Set(jobs.keys());
    const look = (): void => {
      for (const { index, result } of this.#answers.splice(0)) if (missing.delete(index)) done(index, result);
      for (let round = 1; round <= DEALT_JOBS; round++) {
        for (const member of this.#members) {
          const index = member.opened && member.asked.length < round ? take() : undefined;
          if (index !== undefined) this.#ask(member, index, plan, informed);
        }
      }
    };
    try {
      for (;;) {
        if (!(await pace.goOn())) return false;
        // This thread first: where it waits it knows how long a job takes.
        const index = take() ?? this.#takeJobOver();
        look();
        if (missing.size === 0) return true;
        if (index === undefined) {
          if (!(await this.#waitForJobs(pace))) return false;
          continue;
        }
        const startedMs = performance.now();
        const result = await here(index, look);
        if (result === null) return false;
        this.#patience.saw(performance.now() - startedMs);
        if (missing.delete(index)) done(index, result);
      }
    } finally {
      this.#clear();
    }
  }

  #ask(member: Member<T>, index: number, { jobs, tuned }: SharedJobs<T>, informed: Set<Member<T>>): void {
    const asked = jobs[index];
    if (asked === undefined) return;
    if (asked.tuned && tuned !== null && !informed.has(member)) {
      informed.add(member);
      const adapter = adapterOf(tuned, this.#heap);
      member.thread.post({ type: 'adapter', adapter }, [adapter.values.buffer]);
    }
    const number = ++this.#jobs;
    if (member.asked.length === 0) member.sinceMs = performance.now();
    member.asked.push({ number, index });
    member.thread.post({ type: 'ask', number, ...asked }, []);
  }

  /** A job that a thread has and did not begin. */
  #takeJobOver(): number | undefined {
    for (const { asked, thread } of this.#members) {
      const last = asked.length > 1 ? asked.pop() : undefined;
      if (last === undefined) continue;
      thread.post({ type: 'drop', number: last.number }, []);
      return last.index;
    }
    return undefined;
  }

  /** Until a thread has something to say. False when stopped. */
  async #waitForJobs(pace: Pace): Promise<boolean> {
    const heard = this.#patience.wait((ms) => {
      for (const member of [...this.#members]) if (member.asked.length > 0) this.#drop(member, silentFor(ms));
    });
    try {
      while (this.#answers.length === 0 && this.#returned.length === 0) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        await Promise.race([
          new Promise<void>((resolve) => (this.#wake = resolve)),
          new Promise((resolve) => (timer = setTimeout(resolve, LOOK_MS))),
        ]);
        clearTimeout(timer);
        if (!(await pace.goOn())) return false;
      }
      return true;
    } finally {
      heard();
    }
  }

  end(): void {
    for (const { thread, settle } of this.#members) {
      thread.end();
      settle();
    }
    this.#members.clear();
  }

  #startMember(threads: CrewThreads<T>, model: Decoder): Promise<void> {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const member: Member<T> = {
      ...{ opened: false, dealt: [], asked: [], sinceMs: 0, settle },
      thread: threads.start({
        onMessage: (message) => this.#onMessage(member, message),
        onError: (reason) => this.#drop(member, reason),
      }),
    };
    this.#members.add(member);
    const { decoder, buffers } = copyDecoder(model, this.#heap);
    member.thread.post({ type: 'open-decoder', decoder, wasmUrl: threads.wasmUrl }, buffers);
    return settled;
  }

  /** Gives the threads that are ready their shares; the places that are left for this one. */
  #deal(tuned: TunedDecoder, parts: readonly StepPart<T>[]): number[] {
    const ready = [...this.#members].filter(({ opened }) => opened);
    const shares = [null, ...ready].map((member) => ({ member, places: [] as number[], tokens: 0 }));
    const byTokens = [...parts.entries()].sort(([, a], [, b]) => b.tokens - a.tokens);
    for (const [place, { tokens }] of byTokens) {
      const least = shares.reduce((a, b) => (b.tokens < a.tokens ? b : a));
      least.places.push(place);
      least.tokens += tokens;
    }
    let left: number[] = [];
    for (const { member, places } of shares) {
      places.sort((a, b) => a - b);
      if (member === null) left = places;
      else if (places.length > 0) this.#give(member, adapterOf(tuned, this.#heap), places, parts);
    }
    return left;
  }

  #give(member: Member<T>, adapter: AdapterValues, places: readonly number[], parts: readonly StepPart<T>[]): void {
    member.sinceMs = performance.now();
    member.dealt = [...places];
    member.thread.post({ type: 'adapter', adapter }, [adapter.values.buffer]);
    for (const place of places) {
      const part = parts[place];
      if (part) member.thread.post({ type: 'gradients', step: this.#step, place, work: part.work }, []);
    }
  }

  /** The last that a thread has beside the one it is at: that thread leaves it out. */
  #takeOver(): number | null {
    for (const { dealt, thread } of this.#members) {
      const place = dealt.length > 1 ? dealt.pop() : undefined;
      if (place === undefined) continue;
      thread.post({ type: 'skip', step: this.#step, place }, []);
      return place;
    }
    return null;
  }

  async #news(): Promise<void> {
    if (this.#arrivals.length > 0 || this.#returned.length > 0) return;
    const word = new Promise<void>((resolve) => (this.#wake = resolve));
    const heard = this.#patience.wait((ms) => {
      for (const member of [...this.#members]) if (member.dealt.length > 0) this.#drop(member, silentFor(ms));
    });
    await word;
    heard();
  }

  /** Nothing of the step or the jobs before counts any more; what threads still have of it, they leave out. */
  #clear(): void {
    for (const { dealt, asked, thread } of this.#members) {
      for (const place of dealt.splice(0)) thread.post({ type: 'skip', step: this.#step, place }, []);
      for (const { number } of asked.splice(0)) thread.post({ type: 'drop', number }, []);
    }
    this.#step++;
    this.#arrivals = [];
    this.#answers = [];
    this.#returned = [];
  }

  #onMessage(member: Member<T>, message: FromCrewThread<T>): void {
    switch (message.type) {
      case 'started':
        break;
      case 'opened':
        member.opened = true;
        member.settle();
        break;
      case 'failed':
        this.#drop(member, message.error.message);
        break;
      case 'gradients':
        if (message.step !== this.#step) return;
        this.#patience.saw(performance.now() - member.sinceMs);
        member.sinceMs = performance.now();
        member.dealt = member.dealt.filter((place) => place !== message.place);
        this.#arrivals.push(message);
        this.#wake();
        break;
      case 'answered':
        this.#takeAnswer(member, message.number, message.result);
        break;
      default:
        message satisfies never;
    }
  }

  #takeAnswer(member: Member<T>, number: number, result: T['result']): void {
    const at = member.asked.findIndex((asked) => asked.number === number);
    const [asked] = at < 0 ? [] : member.asked.splice(at, 1);
    if (asked === undefined) return;
    this.#patience.saw(performance.now() - member.sinceMs);
    member.sinceMs = performance.now();
    this.#answers.push({ index: asked.index, result });
    this.#wake();
  }

  #drop(member: Member<T>, reason: string): void {
    if (!this.#members.delete(member)) return;
    member.thread.end();
    this.#returned.push(...member.dealt, ...member.asked.map(({ index }) => index));
    if (!this.#failed) this.#say(`A thread that helped stopped, and the others do its part: ${reason}`);
    this.#failed = true;
    this.#wake();
    member.settle();
  }
}

/** The adapter as it is now, of the caller's own. */
function adapterOf({ decoder, trainable }: TunedDecoder, heap: WasmHeap) {
  const { weights, lora, recompute = false } = decoder;
  const tensors = trainable.map((name) => ({ name, tensor: parameter(weights, name) }));
  const values = new Float32Array(tensors.reduce((sum, { tensor }) => sum + tensor.size, 0));
  let at = 0;
  const parameters = tensors.map(({ name, tensor }) => {
    values.set(heap.view(tensor), at);
    at += tensor.size;
    return { name, shape: tensor.shape.slice() };
  });
  return { parameters, values, lora, recompute } satisfies AdapterValues;
}
