/**
 * A thread's side of folds that are fitted side by side: the same code as on the first thread, with what it would tell,
 * keep and wait for sent over instead.
 */
import { AppError } from '../../core/errors';
import type { Checkpoints, FitState } from '../../core/run/checkpoint';
import { NO_GUARD } from '../device/guard';
import type { Encoder } from '../models/bert/weights';
import { runFold } from './cross-validate';
import { fewExamplesLearner } from '../tasks/classification/methods/few-examples';
import { fineTuneLearner } from '../tasks/classification/methods/fine-tune';
import type { Learner, Workshop } from '../tasks/classification/method';
import { Pace } from '../fit/pace';
import type { FromLane, Told, ToLane } from './lane-messages';

type Post = (answer: FromLane, transfer: ArrayBuffer[]) => void;
/** What does not wait for the fold under way. */
export type Signal = 'keep' | 'hold' | 'go';
type Task = Exclude<ToLane, { type: Signal }>;

export class LaneServer {
  readonly #post: Post;
  #told: Told[] = [];
  #wanted = false;
  /** Resolves when a hold is over; null while there is none. */
  #hold: { over: Promise<void>; end(): void } | null = null;
  #lane: { learner: Learner; pace: Pace } | null = null;

  constructor(post: Post) {
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

  async obey(message: Task, model: Encoder): Promise<void> {
    if (message.type === 'folds') {
      this.#lane = this.#open(message, model);
      return;
    }
    if (!this.#lane) throw new AppError('internal', 'A thread was given a fold before its rows.');
    const { learner, pace } = this.#lane;
    await runFold(learner, pace, message.task, message.held, {
      onFold: async (outcome, fit) => {
        const { chosenC, notes, trainedParameters } = fit;
        const fold = { outcome, chosenC, notes, trainedParameters, model: await fit.keep() };
        this.#flush();
        this.#post({ type: 'fitted', fold }, []);
      },
    });
  }

  #open({ corpus, settings, lent }: Extract<Task, { type: 'folds' }>, model: Encoder) {
    const pace = new Pace({ checkpoint: () => this.#turn() });
    const checkpoints: Checkpoints = {
      due: () => this.#wanted || this.#hold !== null,
      save: (state) => Promise.resolve(this.#send(state)),
    };
    const tell = (told: Told): void => void this.#told.push(told);
    const shop: Workshop = {
      model,
      corpus,
      settings,
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
        onProgress: () => undefined,
        onFold: () => undefined,
      },
      // What is read once for all folds was read before.
      features: { get: () => Promise.resolve(null), put: () => Promise.resolve() },
      modelSha256: '',
    };
    const learner = settings.method === 'few-examples' ? fewExamplesLearner(shop) : fineTuneLearner(shop);
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
