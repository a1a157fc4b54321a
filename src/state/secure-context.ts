/** Over plain http from another machine a browser gives a page no locks, no ids and no hashes, without which Hone cannot work. */
import { AppError } from '../core/errors';

const INSECURE =
  'This address is not secure (https or localhost), so the browser switches off what Hone needs. Open it by https.';

/** Why nothing can be opened or trained at this address; null where it can. */
export function insecureReason(): string | null {
  return isSecureContext ? null : INSECURE;
}

/** Throws `config-invalid` at an address that is not secure. */
export function demandSecureContext(): void {
  const reason = insecureReason();
  if (reason !== null) throw new AppError('config-invalid', reason);
}
