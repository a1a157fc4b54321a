/** Reports that are dropped as files: each becomes a run that has a report and no model. */
import { Sha256 } from '../core/formats/sha256';
import {
  beginsAsReport,
  readReportFile,
  REPORT_HEAD_BYTES,
  reportedCurve,
  reportedRun,
} from '../core/report/reported-run';
import { addReportedRun, getRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import type { Imports } from './imports.svelte';
import type { Runs } from './runs.svelte';
import type { Toasts } from './toasts.svelte';

/** An id that the same report has again. */
const ID_DIGITS = 24;

export class ReportFiles {
  readonly #database: Promise<HoneDatabase>;
  readonly #runs: Pick<Runs, 'changed'>;
  readonly #imports: Pick<Imports, 'refuse'>;
  readonly #toasts: Pick<Toasts, 'show'>;

  constructor(
    database: Promise<HoneDatabase>,
    runs: Pick<Runs, 'changed'>,
    imports: Pick<Imports, 'refuse'>,
    toasts: Pick<Toasts, 'show'>,
  ) {
    this.#database = database;
    this.#runs = runs;
    this.#imports = imports;
    this.#toasts = toasts;
  }

  /** Those of the files that are reports, the others as they came; a file that cannot be read is left to the import, which says so. */
  async sort(files: readonly File[]): Promise<{ reports: File[]; others: File[] }> {
    const are = await Promise.all(
      files.map((file) =>
        file
          .slice(0, REPORT_HEAD_BYTES)
          .text()
          .then(beginsAsReport, () => false),
      ),
    );
    return {
      reports: files.filter((_, i) => are[i]),
      others: files.filter((_, i) => !are[i]),
    };
  }

  /** Keeps the report as a run: its id; null where it cannot be read or kept, which is said. */
  async open(file: File): Promise<string | null> {
    try {
      const text = await file.text();
      const report = readReportFile(text);
      const database = await this.#database;
      const id = `report-${hashOf(text)}`;
      const handed = report.elsewhere?.run.id;
      const from = handed === undefined ? null : await getRun(database, handed);
      const run = reportedRun(report, { id, now: Date.now(), from });
      const added = await addReportedRun(database, run, { report, curve: reportedCurve(report) });
      if (!added) this.#toasts.show(`${file.name} was opened before: it is «${run.name}».`);
      await this.#runs.changed(id);
      return id;
    } catch (error) {
      this.#imports.refuse(file.name, error);
      return null;
    }
  }
}

function hashOf(text: string): string {
  const hash = new Sha256();
  hash.update(new TextEncoder().encode(text));
  return hash.hex().slice(0, ID_DIGITS);
}
