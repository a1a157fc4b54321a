/** A run that is over and whose end could not be written: it waits, whole, in the memory of its worker. Plain values. */
import type { ErrorData } from '../errors';
import type { JobState } from './record';
import type { RunSummary } from './summary';

export interface UnsavedEnd {
  /** What the run becomes once its end is saved. */
  state: JobState;
  /** Of the report that waits with it; null where there is none, as of a cancelled run. */
  summary: RunSummary | null;
  /** Of the trained model and what it is compared with; 0 without one. */
  modelBytes: number;
  /** Why it was not written at the last try. */
  error: ErrorData;
}
