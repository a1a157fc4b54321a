/**
 * The threads that help with one list of batches: started with a copy of the encoder, dealt two batches each so that
 * none waits for this thread to finish its own, ended when the list is done.
 *
 * Promises: a thread that fails or hangs gives its batches back, and that is said; nothing is dealt but by `deal`, so that a
 * paused run stands still; `end` leaves no thread behind.
 */
import type { TokenBatch } from '../../core/text/batches';
import type { Encoder } from '../models/encoder';
import { parameter } from '../models/weights';
import type { WasmHeap } from '../ops/wasm/heap';
import { Patience, silentFor } from './patience';
import type { Depth, EncoderCopy, FromReader, Thread, Threads } from './threads';

/** How long threads may take to start before work begins without them, in ms. */
const PATIENCE_MS = 2000;

/** Batches given to a thread at once: the one it works on, and the next. */
const DEALT = 2;

/** A computed batch. */
export interface Arrival {
  index: number;
  values: Float32Array;
}

interface Member {
  thread: Thread;
  /** Batches it has and did not answer, in its order. */
  dealt: number[];
  /** When it was given the first of them, or answered last. */
  sinceMs: number;
  /** It answered once: until then its first batch may as well be computed here. */
  atWork: boolean;
  /** To be called when it runs, or will not. */
  settle(): void;
}

export class Crew {
  readonly #batches: readonly TokenBatch[];
  readonly #depth: Depth;
  readonly #say: (message: string) => void;
  readonly #members = new Set<Member>();
  readonly #patience = new Patience();
  #arrivals: Arrival[] = [];
  #returned: number[] = [];
  #next = 0;
  #wake: () => void = () => undefined;

  constructor(batches: readonly TokenBatch[], depth: Depth, say: (message: string) => void) {
    this.#batches = batches;
    this.#depth = depth;
    this.#say = say;
  }

  /**
   * Starts `count` threads, gives each its own copy of the encoder, and waits until they run, 2 s at most: a browser
   * loads a worker's script in turns of the thread that started it, which has none while it computes.
   */
  async start(threads: Threads, count: number, encoder: Encoder, heap: WasmHeap): Promise<void> {
    const settled: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      let settle = (): void => undefined;
      settled.push(new Promise((resolve) => (settle = resolve)));
      const member: Member = {
        dealt: [],
        sinceMs: 0,
        atWork: false,
        settle,
        thread: threads.start({
          onMessage: (message) => this.#onMessage(member, message),
          onError: (reason) => this.#drop(member, reason),
        }),
      };
      this.#members.add(member);
      const copy = copyOf(encoder, heap);
      member.thread.post({ type: 'open', encoder: copy.encoder, wasmUrl: threads.wasmUrl }, copy.buffers);
    }
    await withPatience(settled);
  }

  /** Gives every thread the batches it has room for. */
  deal(): void {
    for (let round = 1; round <= DEALT; round++) {
      for (const member of this.#members) {
        const index = member.dealt.length < round ? this.take() : null;
        const batch = this.#batches[index ?? -1];
        if (index === null || batch === undefined) continue;
        if (member.dealt.length === 0) member.sinceMs = performance.now();
        member.dealt.push(index);
        member.thread.post({ type: 'forward', index, batch, depth: this.#depth }, []);
      }
    }
  }

  /** A batch that no thread has. */
  take(): number | null {
    return this.#returned.pop() ?? (this.#next < this.#batches.length ? this.#next++ : null);
  }

  /** A batch that a thread has and did not begin: computed here, the thread's answer comes too late and is the same. */
  takeOver(): number | null {
    for (const { dealt, atWork } of this.#members) {
      if (dealt.length > (atWork ? 1 : 0)) return dealt.pop() ?? null;
    }
    return null;
  }

  /** What was answered since the last look. */
  collect(): Arrival[] {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    return arrivals;
  }

  /** Resolves at the next answer or failure; at once when one is waiting. Threads that say nothing for too long are given up. */
  async news(): Promise<void> {
    if (this.#arrivals.length > 0 || this.#returned.length > 0) return;
    const word = new Promise<void>((resolve) => (this.#wake = resolve));
    const heard = this.#patience.wait((ms) => {
      for (const member of [...this.#members]) if (member.dealt.length > 0) this.#drop(member, silentFor(ms));
    });
    await word;
    heard();
  }

  end(): void {
    for (const { thread } of this.#members) thread.end();
    this.#members.clear();
  }

  #onMessage(member: Member, message: FromReader): void {
    switch (message.type) {
      case 'started':
        member.settle();
        break;
      case 'failed':
        this.#drop(member, message.error.message);
        break;
      case 'values':
        member.atWork = true;
        this.#patience.saw(performance.now() - member.sinceMs);
        member.sinceMs = performance.now();
        member.dealt = member.dealt.filter((dealt) => dealt !== message.index);
        this.#arrivals.push(message);
        this.#wake();
        break;
      default:
        message satisfies never;
    }
  }

  #drop(member: Member, reason: string): void {
    if (!this.#members.delete(member)) return;
    member.thread.end();
    this.#returned.push(...member.dealt);
    this.#say(`One of the threads that read texts stopped, and the others do its part: ${reason}`);
    this.#wake();
    member.settle();
  }
}

/** Waits for threads to start, 2 s at most. */
export async function withPatience(started: readonly Promise<void>[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([Promise.all(started), patience]);
  clearTimeout(timer);
}

/** The encoder, or the named parameters of it, with values of the caller's own that are to be handed over. */
export function copyOf(
  { family, config, weights, words }: Encoder,
  heap: WasmHeap,
  names: readonly string[] | null = null,
): { encoder: EncoderCopy; buffers: ArrayBuffer[] } {
  const read = [...weights.keys()].filter((name) => names === null || names.includes(name));
  const copies = read.map((name) => {
    const tensor = parameter(weights, name);
    return { name, shape: tensor.shape, values: heap.view(tensor).slice() };
  });
  return {
    encoder: {
      family: family.id,
      config,
      weights: new Map(copies.map(({ name, shape, values }) => [name, { shape, values }])),
      words: words?.ids ?? null,
    },
    buffers: copies.map(({ values }) => values.buffer),
  };
}
