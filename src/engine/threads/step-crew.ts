/**
 * The threads that help with the steps of an adapter on the CPU: each has a copy of the frozen weights, is given the
 * adapter's values at the beginning of a step and its share of the micro-batches, and answers with their gradients.
 *
 * Promises: no bit depends on how many there are (`fit/shared-step.ts` adds in order); one that fails or hangs gives its
 * micro-batches back, which is said once; one that has not started yet is not waited for; `end` leaves none behind.
 */
import { AppError } from '../../core/errors';
import { parameter } from '../models/weights';
import type { Decoder } from '../models/decoder';
import type { ComputedPart, SharedStep } from '../fit/shared-step';
import { currentPath } from '../ops/path';
import type { WasmHeap } from '../ops/wasm/heap';
import { copyDecoder } from './decoder-copy';
import { Patience, silentFor } from './patience';
import type { AdapterValues, FromStepThread, ToStepThread } from './step-messages';
import type { Thread, Threads } from './threads';

/** How long threads may take to start before steps begin without them, in ms: a step takes as long. */
const PATIENCE_MS = 10_000;

/** A micro-batch and its padded tokens, by which shares are made equal. */
export interface StepPart<Work> {
  work: Work;
  tokens: number;
}

interface Member<Work> {
  thread: Thread<ToStepThread<Work>>;
  opened: boolean;
  /** Places it has of this step and did not answer, in its order. */
  dealt: number[];
  /** When it was given them, or answered last. */
  sinceMs: number;
  /** To be called when it runs, or will not. */
  settle(): void;
}

export class StepCrew<Work> {
  readonly #members = new Set<Member<Work>>();
  readonly #patience = new Patience();
  readonly #heap: WasmHeap;
  readonly #say: (message: string) => void;
  #failed = false;
  #step = 0;
  #arrivals: ComputedPart[] = [];
  #returned: number[] = [];
  #wake: () => void = () => undefined;

  private constructor(heap: WasmHeap, say: (message: string) => void) {
    this.#heap = heap;
    this.#say = say;
  }

  /** Starts `count` threads with copies of the model's weights, and waits until they are ready, 10 s at most. */
  static async start<Work>(
    threads: Threads<ToStepThread<Work>, FromStepThread>,
    count: number,
    model: Decoder,
    say: (message: string) => void,
  ): Promise<StepCrew<Work>> {
    const path = currentPath();
    if (path.kind !== 'wasm') throw new AppError('internal', 'Steps are shared on the CPU only.');
    const crew = new StepCrew<Work>(path.heap, say);
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

  /** A step of a decoder on the crew's weights; `trainable` are the names of its adapter, in the order of the gradients. */
  step(decoder: Decoder, trainable: readonly string[], parts: readonly StepPart<Work>[]): SharedStep {
    const own: number[] = [];
    let takenMs: number | null = null;
    return {
      begin: () => {
        this.#clear();
        own.push(...this.#deal(decoder, trainable, parts));
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

  end(): void {
    for (const { thread, settle } of this.#members) {
      thread.end();
      settle();
    }
    this.#members.clear();
  }

  #startMember(threads: Threads<ToStepThread<Work>, FromStepThread>, model: Decoder): Promise<void> {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const member: Member<Work> = {
      ...{ opened: false, dealt: [], sinceMs: 0, settle },
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
  #deal(decoder: Decoder, trainable: readonly string[], parts: readonly StepPart<Work>[]): number[] {
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
      else if (places.length > 0) this.#give(member, adapterOf(decoder, trainable, this.#heap), places, parts);
    }
    return left;
  }

  #give(
    member: Member<Work>,
    adapter: AdapterValues,
    places: readonly number[],
    parts: readonly StepPart<Work>[],
  ): void {
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

  /** Nothing of the step before counts any more; what threads still have of it, they leave out. */
  #clear(): void {
    for (const { dealt, thread } of this.#members) {
      for (const place of dealt.splice(0)) thread.post({ type: 'skip', step: this.#step, place }, []);
    }
    this.#step++;
    this.#arrivals = [];
    this.#returned = [];
  }

  #onMessage(member: Member<Work>, message: FromStepThread): void {
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
      default:
        message satisfies never;
    }
  }

  #drop(member: Member<Work>, reason: string): void {
    if (!this.#members.delete(member)) return;
    member.thread.end();
    this.#returned.push(...member.dealt);
    if (!this.#failed) this.#say(`A thread that helped with the steps stopped, and the others do its part: ${reason}`);
    this.#failed = true;
    this.#wake();
    member.settle();
  }
}

/** The adapter as it is now, of the caller's own. */
function adapterOf({ weights, lora, recompute = false }: Decoder, names: readonly string[], heap: WasmHeap) {
  const tensors = names.map((name) => ({ name, tensor: parameter(weights, name) }));
  const values = new Float32Array(tensors.reduce((sum, { tensor }) => sum + tensor.size, 0));
  let at = 0;
  const parameters = tensors.map(({ name, tensor }) => {
    values.set(heap.view(tensor), at);
    at += tensor.size;
    return { name, shape: tensor.shape.slice() };
  });
  return { parameters, values, lora, recompute } satisfies AdapterValues;
}
