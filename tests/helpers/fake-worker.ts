/** A worker that does nothing by itself: a test reads what it was sent and lets it answer or die. */
import type { WorkerLike } from '../../src/worker/channel';

export class FakeWorker implements WorkerLike {
  readonly sent: { type: string; requestId?: string }[] = [];
  terminated = false;
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;

  postMessage(message: unknown): void {
    // As a real port: what cannot be cloned throws here.
    this.sent.push(structuredClone(message) as { type: string; requestId?: string });
  }

  terminate(): void {
    this.terminated = true;
  }

  answer(event: unknown): void {
    if (!this.terminated) this.onmessage?.({ data: event } as MessageEvent);
  }

  die(message: string): void {
    this.onerror?.({ message } as ErrorEvent);
  }

  /** The id of the last request. */
  get lastId(): string {
    return this.sent.at(-1)?.requestId ?? '';
  }
}

/** A maker of fake workers, and all it made. */
export function fakeWorkers(): { made: FakeWorker[]; create: () => FakeWorker } {
  const made: FakeWorker[] = [];
  const create = (): FakeWorker => {
    const worker = new FakeWorker();
    made.push(worker);
    return worker;
  };
  return { made, create };
}
