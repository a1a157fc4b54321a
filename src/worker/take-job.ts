/** Writes a run as a file to take away, reads it back, proves it, and leaves it where the page can hand it over. */
import { AppError } from '../core/errors';
import type { TakenFile, TakeProgress } from '../core/export/take';
import type { ZippedFile } from '../core/formats/zip-writer';
import { nextTurn } from '../engine/fit/pace';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import type { TrainingCommand } from './protocol';
import { checkBytes } from './read-back';
import { type OpenProof, readTakenRun } from './taken-run';

type Command = Extract<TrainingCommand, { type: 'take' }>;

/** The proof's own bytes, asked for before it is known. */
const PROOF_BYTES = 64_000;

/** Told at most so often, by the work that was done in between. */
const TELL_MS = 100;

export class TakeJob {
  readonly #ports: JobPorts;

  constructor(ports: JobPorts) {
    this.#ports = ports;
  }

  /**
   * Throws `not-found`, `cancelled`, `storage-full`, `storage-failed`, `export-differs` and as `readTakenRun`: then nothing is
   * left of the file.
   */
  async take({ requestId, runId, format: id, place, backend }: Command, signal: AbortSignal): Promise<TakenFile> {
    const { elapsed, post, takeFile: open } = this.#ports;
    let toldMs = -Infinity;
    const tell = (progress: TakeProgress): void => {
      const now = elapsed();
      if (now - toldMs < TELL_MS && progress.done < progress.total) return;
      toldMs = now;
      post({ type: 'take-progress', requestId, progress });
    };
    // Messages come in between two chunks, a cancel among them.
    const turn = async (): Promise<void> => {
      await nextTurn();
      if (signal.aborted) throw new AppError('cancelled', 'Writing was stopped.');
    };
    const run = await readTakenRun(this.#ports, runId, id, {
      signal,
      tell: (done, total) => tell({ phase: 'loading', done, total }),
    });
    const { name, files: planned } = run;
    const total = planned.reduce((sum, { bytes }) => sum + bytes, 0);
    const file = await open(place, name, run.bytes + PROOF_BYTES);
    try {
      const container = run.container({
        async write(bytes, at) {
          file.write(bytes, at);
          await turn();
        },
      });
      const written: ZippedFile[] = [];
      let before = 0;
      for (const one of planned) {
        const onProgress = (bytes: number): void => tell({ phase: 'writing', done: before + bytes, total });
        written.push(await container.add(one, { signal, onProgress }));
        before += one.bytes;
      }
      const files = written.map(({ start, ...record }) => ({
        written: record,
        source: file.part(record.path, start, record.bytes),
      }));
      await checkBytes(files, turn, (done) => tell({ phase: 'reading-back', done, total }));
      const onProgress = (share: number): void => tell({ phase: 'proving', done: share, total: 1 });
      const openProof: OpenProof = async (work) => {
        const device = await openDevice(this.#ports, run.backend ?? backend);
        return onDevice(device, signal, () => work(device));
      };
      const parity = await run.prove(files, openProof, { turn, onProgress });
      const bytes = await container.end(parity);
      file.close();
      return { format: id, place, name, bytes, parity };
    } catch (error) {
      await file.remove();
      throw error;
    }
  }
}
