/** A thread of the pool that knows the second family too. */
import { registerFamily } from '../../../../src/engine/models/registry';
import { mixer } from './family';
import '../../../helpers/pool-thread';

registerFamily(mixer);
