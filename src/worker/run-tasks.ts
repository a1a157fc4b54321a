/** The tasks that a run can be of, by the method that was asked for. */
import { methodDefinition } from '../core/settings/methods';
import type { RunRequest } from '../core/run/record';
import type { RunTask } from './run-task';
import { generationTask } from './run-task-generation';
import { classificationTask } from './run-task-classification';

/** The task of a run. */
export function taskOfRun({ method }: Pick<RunRequest, 'method'>): RunTask {
  const { task } = methodDefinition(method);
  switch (task) {
    case 'classification':
      return classificationTask;
    case 'generation':
      return generationTask;
    default:
      return task satisfies never;
  }
}
