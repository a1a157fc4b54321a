/**
 * The page's end of one worker: made when first needed, asked by request ids, and made anew after a crash or `end`.
 * Whatever a worker leaves unanswered when it dies is rejected: no question stays open for ever.
 */
import { AppError, type ErrorData, fromErrorData } from '../core/errors';
import { type OpenCommand, PROTOCOL_VERSION } from './protocol';

/** What a channel needs of a `Worker`, so that a test can give it another. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

interface Pending<Event> {
  resolve(event: Event): void;
  reject(error: AppError): void;
  onEvent(event: Event): void;
}

type Answered = { requestId: string };
type Failure = { type: 'failed'; requestId: string; error: ErrorData };

export class WorkerChannel<Command extends { type: string }, Event extends { type: string }> {
  readonly #createWorker: () => WorkerLike;
  readonly #baseUrl: string;
  readonly #finals: readonly string[];
  readonly #pending = new Map<string, Pending<Event>>();
  #worker: WorkerLike | null = null;
  #outdated = false;
  #lastId = 0;
  /** Events that answer no request. */
  onEvent: (event: Event) => void = () => undefined;
  /** The worker died of a fault of its own. */
  onCrash: (error: AppError) => void = () => undefined;

  /** `finals`: the types of events that end a request, besides `failed`. */
  constructor(createWorker: () => WorkerLike, baseUrl: string, finals: readonly string[]) {
    this.#createWorker = createWorker;
    this.#baseUrl = baseUrl;
    this.#finals = finals;
  }

  get alive(): boolean {
    return this.#worker !== null;
  }

  /** Sends a command that expects no answer. */
  send(command: Command): void {
    this.#open().postMessage(command);
  }

  /**
   * Sends a command under a new id and resolves with the event that ends it. Abort calls `onAbort` with the id
   * and rejects with `cancelled`; events before the end go to `onEvent`.
   */
  request(
    make: (requestId: string) => Command,
    options: { signal?: AbortSignal | undefined; onEvent?(event: Event): void; onAbort?(requestId: string): void } = {},
  ): Promise<Event> {
    const { signal, onEvent = () => undefined, onAbort } = options;
    const requestId = `r${++this.#lastId}`;
    return new Promise<Event>((resolve, reject) => {
      const cancelled = (): void => {
        this.#pending.delete(requestId);
        reject(new AppError('cancelled', 'Stopped.'));
        onAbort?.(requestId);
      };
      if (signal?.aborted) {
        reject(new AppError('cancelled', 'Stopped.'));
        return;
      }
      signal?.addEventListener('abort', cancelled, { once: true });
      const settled = (): void => signal?.removeEventListener('abort', cancelled);
      this.#pending.set(requestId, {
        resolve: (event) => (settled(), resolve(event)),
        reject: (error) => (settled(), reject(error)),
        onEvent,
      });
      this.send(make(requestId));
    });
  }

  /** Ends the worker at once; open requests are rejected with `error`. The next command starts another. */
  end(error = new AppError('cancelled', 'Stopped.')): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#outdated = false;
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of open) reject(error);
  }

  /** Lets the next command start another worker; this one ends once it has answered what it was asked. */
  renew(): void {
    this.#outdated = this.#worker !== null;
    this.#endOutdated();
  }

  #endOutdated(): void {
    if (!this.#outdated || this.#pending.size > 0) return;
    this.#outdated = false;
    this.end();
  }

  #open(): WorkerLike {
    if (this.#worker) return this.#worker;
    const worker = this.#createWorker();
    worker.onmessage = ({ data }: MessageEvent<Event>) => this.#receive(data);
    worker.onerror = (event) => this.#crashed(event.message);
    worker.onmessageerror = () => this.#crashed('it sent what cannot be read');
    const open: OpenCommand = { type: 'open', version: PROTOCOL_VERSION, baseUrl: this.#baseUrl };
    worker.postMessage(open);
    this.#worker = worker;
    return worker;
  }

  #receive(event: Event): void {
    const requestId = hasRequestId(event) ? event.requestId : null;
    const pending = requestId === null ? undefined : this.#pending.get(requestId);
    if (requestId === null || pending === undefined) {
      this.onEvent(event);
    } else if (isFailure(event)) {
      this.#pending.delete(requestId);
      pending.reject(fromErrorData(event.error));
      this.#endOutdated();
    } else if (this.#finals.includes(event.type)) {
      this.#pending.delete(requestId);
      pending.resolve(event);
      this.#endOutdated();
    } else {
      pending.onEvent(event);
    }
  }

  #crashed(reason: string | undefined): void {
    // A script that could not be loaded gives an event without words.
    const why = reason || 'its script could not be loaded; reload the page';
    const error = new AppError('internal', `The part of the page that works in the background stopped: ${why}.`);
    this.end(error);
    this.onCrash(error);
  }
}

function hasRequestId(event: object): event is Answered {
  return 'requestId' in event && typeof event.requestId === 'string';
}

function isFailure(event: { type: string }): event is Failure {
  return event.type === 'failed';
}
