/** Words of the page that more than one screen needs: headings for errors, states, dates. */
import type { AppError, ErrorCode } from '../core/errors';
import type { JobState } from '../core/run/record';
import type { IconName } from './parts/icons';

const ERROR_TITLES: Record<ErrorCode, string> = {
  cancelled: 'Cancelled',
  'file-not-text': 'This file is not text',
  'file-empty': 'This file is empty',
  'file-unreadable': 'This file could not be read',
  'data-unusable': 'No rows could be read',
  'model-missing': 'The model could not be loaded',
  'model-damaged': 'The model file is damaged',
  'model-unsupported': 'This version cannot use the model',
  'storage-full': 'Not saved: the disk is full',
  'storage-failed': 'Not saved',
  'checkpoint-damaged': 'The checkpoint is damaged',
  'checkpoint-foreign': 'This run cannot be resumed',
  'no-webgpu': 'This browser cannot use the GPU',
  'no-wasm': 'This browser cannot use the processor',
  'device-lost': 'The GPU was reset',
  'device-wrong': 'This GPU computes wrongly',
  'out-of-memory': 'Not enough memory',
  'gpu-error': 'The GPU reported an error',
  'non-finite': 'The numbers ran away',
  'config-invalid': 'A setting cannot be used',
  'plan-too-large': 'This plan does not fit this device',
  'export-differs': 'Not offered: it would answer otherwise',
  busy: 'The device is in use',
  'not-found': 'Not found',
  'no-answer': 'The server does not answer',
  internal: 'Something went wrong in this page',
};

/** Heading and text of a notice about an error; the text is the error's own: got, expected, what to do. */
export function explain(error: AppError): { title: string; text: string } {
  return { title: ERROR_TITLES[error.code], text: error.message };
}

/** How the state of a run is shown. */
export interface JobStateLook {
  word: string;
  /** Tone of `.state`. */
  tone: '' | 'ok' | 'warn' | 'bad' | 'on';
  /** Null: the live dot. */
  icon: IconName | null;
  /** Nothing more will come. */
  final: boolean;
}

export const JOB_STATES: Record<JobState, JobStateLook> = {
  validating: { word: 'Checking', tone: 'on', icon: null, final: false },
  queued: { word: 'Queued', tone: 'on', icon: null, final: false },
  running: { word: 'Running', tone: 'on', icon: null, final: false },
  paused: { word: 'Paused', tone: 'warn', icon: 'pause', final: false },
  interrupted: { word: 'Broken off', tone: 'warn', icon: 'warn', final: false },
  succeeded: { word: 'Finished', tone: 'ok', icon: 'check', final: true },
  failed: { word: 'Failed', tone: 'bad', icon: 'block', final: true },
  stopped: { word: 'Stopped', tone: 'warn', icon: 'stop', final: true },
  cancelled: { word: 'Cancelled', tone: '', icon: 'close', final: true },
};

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_AND_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** The time of the day: «10:04». Milliseconds since 1970. */
export function formatTime(at: number): string {
  return TIME.format(at);
}

/** A moment as a person says it: «today 09:14», «3 Mar 09:14», «3 Mar 2025». Milliseconds since 1970. */
export function formatMoment(at: number, now: number): string {
  const day = new Date(at);
  const today = new Date(now);
  if (day.toDateString() === today.toDateString()) return `today ${TIME.format(day)}`;
  if (day.getFullYear() === today.getFullYear()) return `${DAY.format(day)} ${TIME.format(day)}`;
  return DAY_AND_YEAR.format(day);
}
