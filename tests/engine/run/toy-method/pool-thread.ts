/** A helper thread that knows the method too. */
import './register';
import '../../../helpers/pool-thread';
