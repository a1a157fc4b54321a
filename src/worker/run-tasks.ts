/** The tasks that a run can be of, by the method that was asked for. */
import { AppError } from '../core/errors';
import { methodDefinition } from '../core/settings/methods';
import type { RunRequest } from '../core/run/record';
import type { RunTask } from './run-task';
import { classificationTask } from './run-task-classification';

/** The task of a run. */
export function taskOfRun({ method }: Pick<RunRequest, 'method'>): RunTask {
  const { task } = methodDefinition(method);
  switch (task) {
    case 'classification':
      return classificationTask;
    case 'generation':
      throw new AppError('config-invalid', 'Training on written answers is not there yet.');
    default:
      return task satisfies never;
  }
}
