/**
 * A thread's side of folds that are fitted side by side: the same code as on the first thread, with what it would tell,
 * keep and wait for sent over instead.
 */
import { AppError } from '../../core/errors';
import type { Checkpoints, FitState } from '../../core/run/checkpoint';
import { NO_GUARD } from '../device/guard';
import type { Encoder } from '../models/encoder';
import { runFold } from './cross-validate';
import type { AnsweredFold, Fit, FitContext, Learner } from '../fit/learner';
import { Pace } from '../fit/pace';
import type { FromLane, Told, ToLane } from './lane-messages';

/** How a task's folds are fitted on another thread. */
export interface FoldWork<Shared, Answers, F extends Fit<Answers>, Done> {
  /** The learner, before it borrows what was prepared on the first thread. */
  open(shared: Shared, model: Encoder, context: Omit<FitContext, 'settings'>): Learner<F>;
  /** What is sent back of a finished fold. */
  close(answered: AnsweredFold<Answers>, fit: F): Promise<Done>;
}

type Post<Done> = (answer: FromLane<Done>, transfer: ArrayBuffer[]) => void;
/** What does not wait for the fold under way. */
export type Signal = 'keep' | 'hold' | 'go';
type Task<Shared> = Exclude<ToLane<Shared>, { type: Signal }>;

export class LaneServer<Shared, Answers, F extends Fit<Answers>, Done> {
  readonly #work: FoldWork<Shared, Answers, F, Done>;
  readonly #post: Post<Done>;
  #told: Told[] = [];
  #wanted = false;
  /** Resolves when a hold is over; null while there is none. */
  #hold: { over: Promise<void>; end(): void } | null = null;
  #lane: { learner: Learner<F>; pace: Pace } | null = null;

  constructor(work: FoldWork<Shared, Answers, F, Done>, post: Post<Done>) {
    this.#work = work;
    this.#post = post;
  }

  /** What is heeded at the next turn of the fold under way. */
  hear(signal: Signal): void {
    switch (signal) {
      case 'keep':
        this.#wanted = true;
        break;
      case 'hold': {
        let end = (): void => undefined;
        const over = new Promise<void>((resolve) => (end = resolve));
        this.#hold ??= { over, end };
        break;
      }
      case 'go':
        this.#hold?.end();
        this.#hold = null;
        break;
      default:
        signal satisfies never;
    }
  }

  async obey(message: Task<Shared>, model: Encoder): Promise<void> {
    if (message.type === 'folds') {
      this.#lane = this.#open(message, model);
      return;
    }
    if (!this.#lane) throw new AppError('internal', 'A thread was given a fold before its rows.');
    const { learner, pace } = this.#lane;
    await runFold<Answers, F>(learner, pace, message.task, message.held, {
      onFold: async (answered, fit) => {
        const fold = await this.#work.close(answered, fit);
        this.#flush();
        this.#post({ type: 'fitted', fold }, []);
      },
    });
  }

  #open({ shared, lent }: Extract<Task<Shared>, { type: 'folds' }>, model: Encoder) {
    const pace = new Pace({ checkpoint: () => this.#turn() });
    const checkpoints: Checkpoints = {
      due: () => this.#wanted || this.#hold !== null,
      save: (state) => Promise.resolve(this.#send(state)),
    };
    const tell = (told: Told): void => void this.#told.push(told);
    const learner = this.#work.open(shared, model, {
      pace,
      checkpoints,
      guard: NO_GUARD,
      progress: {
        report: (key, share, progress = {}) => tell({ type: 'report', key, share, progress }),
        take: (key, share) => tell({ type: 'take', key, share }),
        finish: (key) => tell({ type: 'take', key, share: 1 }),
        expect: () => undefined,
      },
      observer: {
        onPoint: (point) => tell({ type: 'point', point }),
        onLog: (message) => tell({ type: 'log', message }),
      },
    });
    learner.borrow?.(lent);
    return { learner, pace };
  }

  async #turn(): Promise<'continue'> {
    this.#flush();
    if (this.#hold) {
      this.#post({ type: 'held' }, []);
      await this.#hold.over;
    }
    return 'continue';
  }

  /** At a state, its points were told. */
  #send(state: FitState): void {
    this.#wanted = false;
    this.#flush();
    this.#post({ type: 'state', state }, []);
  }

  #flush(): void {
    this.#post({ type: 'told', told: this.#told }, []);
    this.#told = [];
  }
}
