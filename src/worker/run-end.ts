/**
 * The end of a run on its way to storage. One that cannot be written (the disk is full, the storage is gone) waits here
 * whole, with the run's lock held, until a person has it saved or ends this worker. Meanwhile the record says, where that
 * much can be written, that the run is broken off; what it kept before stays, so that without this worker it is resumed.
 */
import type { KeptWeights } from '../core/run/kept-weights';
import { headBytes } from '../core/run/trained-model';
import { type ErrorData, toErrorData } from '../core/errors';
import { formatBytes } from '../core/words/numbers';
import type { Report } from '../core/report/report';
import { written } from '../core/report/written';
import type { JobState } from '../core/run/record';
import type { UnsavedEnd } from '../core/run/unsaved';
import { updateRun } from '../storage/runs';
import type { EventBatch } from './event-batch';
import type { JobPorts } from './job-ports';
import type { RunRecorder } from './run-recorder';

/** What is written of a run that is over. */
export interface RunEnd {
  state: JobState;
  error: ErrorData | null;
  /** As far as it is known before it is written. */
  report: Report | null;
  weights: KeptWeights | null;
  /** Writes it all in one go; `asked`: what a person wants at a second try, null at the first. */
  write(asked: SaveAsked | null): Promise<void>;
}

export interface SaveAsked {
  /** False: the report alone, where there is no room for both. */
  withModel: boolean;
}

type Ports = Pick<JobPorts, 'database' | 'now' | 'announce'>;

export class RunEnding {
  readonly #ports: Ports;
  readonly #runId: string;
  readonly #recorder: RunRecorder;
  readonly #batch: EventBatch;
  #asked: (asked: SaveAsked) => void = () => undefined;

  constructor(ports: Ports, runId: string, recorder: RunRecorder, batch: EventBatch) {
    this.#ports = ports;
    this.#runId = runId;
    this.#recorder = recorder;
    this.#batch = batch;
  }

  /** Has an end that waits written now; nothing where none waits. */
  save(asked: SaveAsked): void {
    this.#asked(asked);
  }

  /** Resolves once the end is in storage, however often that has to be tried. */
  async write(end: RunEnd): Promise<void> {
    let asked: SaveAsked | null = null;
    for (;;) {
      try {
        await end.write(asked);
        return;
      } catch (fault) {
        const again = new Promise<SaveAsked>((resolve) => (this.#asked = resolve));
        await this.#tell(end, toErrorData(fault));
        asked = await again;
      }
    }
  }

  async #tell({ state, report, weights }: RunEnd, fault: ErrorData): Promise<void> {
    const { database, now, announce } = this.#ports;
    const recorder = this.#recorder;
    const error = unsaved(fault);
    recorder.onLog(error.message);
    const { log, progress } = recorder;
    try {
      await updateRun(database, this.#runId, { state: 'interrupted', error, log, progress, updatedAt: now() });
      announce();
    } catch {
      // Then it says «at work», as the lock does; without this worker the next start of the page settles it.
    }
    const summary = report && written(report).summary();
    const end: UnsavedEnd = { state, summary, modelBytes: bytesOf(weights), error: fault };
    this.#batch.add({ type: 'state', state: 'interrupted', error }, { type: 'unsaved', end, report });
    this.#batch.flush();
  }
}

/** What the record says: true while the end waits, and true when it is gone with its tab. */
function unsaved({ code, message, stack }: ErrorData): ErrorData {
  const full = code === 'storage-full';
  const why = full ? 'the disk is full' : message.replace(/[.]$/, '');
  return {
    code: full ? 'storage-full' : 'storage-failed',
    message:
      `The run came to its end, and that could not be saved: ${why}. It waits in the tab that trained it. Without that ` +
      'tab, what was kept before is still there: resumed, only the last part is worked again.',
    stack,
    details: {},
  };
}

function bytesOf(weights: RunEnd['weights']): number {
  if (weights === null) return 0;
  if ('adapter' in weights) return weights.adapter.tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
  return [weights.tuned, weights.base, weights.plain]
    .flatMap((model) => (model ? [headBytes(model.head), ...model.encoder.map(({ values }) => values.byteLength)] : []))
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** What the log says of an end that was saved at a second try. */
export function savedWords({ withModel }: SaveAsked, end: Pick<RunEnd, 'weights'>): string {
  if (withModel || end.weights === null) return 'There was room again: the end of the run is saved.';
  return `The report is saved without the trained model (${formatBytes(bytesOf(end.weights))}): there is nothing to try.`;
}
