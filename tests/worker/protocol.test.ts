/** Types only: every message must be plain data, and every kind must be told apart by `type`. */
import { expectTypeOf, test } from 'vitest';
import type { DataCommand, DataEvent, RunEvent, TrainingCommand, TrainingEvent } from '../../src/worker/protocol';

/** What structured clone carries without loss. A class with methods or a function anywhere turns into `never`. */
type Plain<T> = T extends string | number | boolean | null | undefined | Blob
  ? T
  : T extends (...given: never[]) => unknown
    ? never
    : T extends readonly (infer Item)[]
      ? readonly Plain<Item>[]
      : T extends Float32Array | Int32Array | Uint8Array
        ? T
        : { [Key in keyof T]: Plain<T[Key]> };

test('every message is plain data', () => {
  expectTypeOf<DataCommand>().toExtend<Plain<DataCommand>>();
  expectTypeOf<DataEvent>().toExtend<Plain<DataEvent>>();
  expectTypeOf<TrainingCommand>().toExtend<Plain<TrainingCommand>>();
  expectTypeOf<TrainingEvent>().toExtend<Plain<TrainingEvent>>();
});

test('whoever is asked with an id can answer with it, or fail with it', () => {
  type Asked = Extract<DataCommand | TrainingCommand, { requestId: string }>['type'];
  expectTypeOf<Asked>().toEqualTypeOf<
    | 'import'
    | 'reread'
    | 'recheck'
    | 'recover'
    | 'finish-run'
    | 'keep-model'
    | 'inspect-model'
    | 'keep-own-model'
    | 'check-model'
    | 'survey-rows'
    | 'tell-languages'
    | 'add-row'
    | 'view-tokens'
    | 'suggest-checks'
    | 'judge-report'
    | 'describe'
    | 'start'
    | 'resume-run'
    | 'predict'
    | 'nearest'
    | 'measure-names'
    | 'answer-names'
    | 'chat'
    | 'take'
    | 'estimate'
    | 'bench'
    | 'cancel-request'
  >();
  expectTypeOf<Extract<DataEvent, { type: 'failed' }>>().toHaveProperty('requestId');
  expectTypeOf<Extract<TrainingEvent, { type: 'failed' }>>().toHaveProperty('requestId');
});

test('the events of a run are these and no others', () => {
  expectTypeOf<RunEvent['type']>().toEqualTypeOf<
    | 'state'
    | 'resumed'
    | 'device'
    | 'estimate'
    | 'progress'
    | 'points'
    | 'fold'
    | 'kept'
    | 'search'
    | 'probes'
    | 'log'
    | 'unsaved'
    | 'saved'
  >();
});
