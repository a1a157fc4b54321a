/** A run that is over and whose end could not be written: it waits, whole, in the memory of its worker. Plain values. */
import type { ErrorData } from '../errors';
import type { Report } from '../report/report';
import type { JobState } from './record';

export interface UnsavedEnd {
  /** What the run becomes once its end is saved. */
  state: JobState;
  /** Null where there is none, as of a cancelled run. */
  report: Report | null;
  /** Of the trained model and what it is compared with; 0 without one. */
  modelBytes: number;
  /** Why it was not written at the last try. */
  error: ErrorData;
}
