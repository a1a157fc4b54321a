/** Whether a data set can be trained on, in one word and one reason. Pure. */
import type { Dataset, DatasetVersion } from '../../../core/data/dataset';
import type { IconName } from '../../parts/icons';

export interface Readiness {
  trainable: boolean;
  word: string;
  /** Tone of `.state`. */
  tone: 'ok' | 'bad' | 'warn';
  icon: IconName;
  /** Why training is off, for beside the button; null when it is on. */
  reason: string | null;
}

/** The version that training reads. A record without it is damaged: the error names the set. */
export function currentVersion(dataset: Dataset): DatasetVersion {
  const version = dataset.versions.find(({ number }) => number === dataset.currentVersion);
  if (!version) throw new RangeError(`«${dataset.name}» lacks its version ${dataset.currentVersion}.`);
  return version;
}

/** Blocking findings, then a doubt decide; warnings are for the person to weigh. */
export function readiness(dataset: Dataset): Readiness {
  const { findings, reading } = currentVersion(dataset);
  const blocking = findings.filter(({ severity }) => severity === 'blocking').length;
  if (blocking > 0) {
    const reason = blocking === 1 ? '1 finding blocks training' : `${blocking} findings block training`;
    return { trainable: false, word: 'Not ready', tone: 'bad', icon: 'block', reason };
  }
  if (reading !== undefined && reading.doubt !== null) {
    return { trainable: true, word: 'Check the fields', tone: 'warn', icon: 'warn', reason: null };
  }
  return { trainable: true, word: 'Ready', tone: 'ok', icon: 'check', reason: null };
}
