/** The tensors of a safetensors file that comes in pieces: each stands in memory once, as what it becomes. */
import { AppError } from '../../errors';
import type { ByteSource } from '../../formats/byte-source';
import { readSafetensors } from '../../formats/safetensors';
import { damagedFile } from '../../formats/stored-tensor';

const PASSED_BYTES = 1 << 20;

/**
 * All of them by name, float32; reads to the end of the pieces. `checkOnly`: their values are passed over, and each is empty.
 * Throws `model-damaged`, `model-unsupported`.
 */
export async function readTensors(
  file: string,
  size: number,
  pieces: AsyncIterable<Uint8Array>,
  checkOnly = false,
): Promise<Map<string, Float32Array<ArrayBuffer>>> {
  const source = new ForwardSource(file, size, pieces[Symbol.asyncIterator]());
  const { tensors } = await readSafetensors(source);
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name, dtype, type, byteOffset, byteLength } of tensors) {
    if (dtype !== 'float32') throw damagedFile(file, `«${name}» has values of type ${type}`);
    if (checkOnly) {
      values.set(name, new Float32Array());
      await source.pass(byteOffset + byteLength);
      continue;
    }
    // Little endian, as every machine with a browser is.
    values.set(name, new Float32Array((await source.read(byteOffset, byteOffset + byteLength)).buffer));
  }
  await source.end();
  return values;
}

/** A file of which each byte comes once: what is read stands behind what was read before. */
class ForwardSource implements ByteSource {
  readonly file: string;
  readonly size: number;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(file: string, size: number, pieces: AsyncIterator<Uint8Array>) {
    this.file = file;
    this.size = size;
    this.#pieces = pieces;
  }

  async read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    if (from !== this.#at) throw new AppError('internal', `${this.file} is read from ${from}, and is at ${this.#at}.`);
    const bytes = new Uint8Array(to - from);
    for (let filled = 0; filled < bytes.length;) {
      if (this.#piece.length === 0 && !(await this.#next())) throw damagedFile(this.file, 'it ends too early');
      const some = this.#piece.subarray(0, bytes.length - filled);
      bytes.set(some, filled);
      filled += some.length;
      this.#piece = this.#piece.subarray(some.length);
    }
    this.#at = to;
    return bytes;
  }

  /** Goes on to there. */
  async pass(to: number): Promise<void> {
    while (this.#at < to) await this.read(this.#at, Math.min(to, this.#at + PASSED_BYTES));
  }

  /** Hears the end of the pieces, and what is said there of their checksum. */
  async end(): Promise<void> {
    while (await this.#next());
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#pieces.next();
    if (done !== true) this.#piece = value;
    return done !== true;
  }
}
