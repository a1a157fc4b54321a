/** The two lines that a method takes in the registries. */
import { registerMethod } from '../../../../src/core/settings/methods';
import { registerComputation } from '../../../../src/engine/tasks/classification/registry';
import { gentle as computation } from './computation';
import { gentle as definition } from './definition';

registerMethod(definition);
registerComputation(computation);
