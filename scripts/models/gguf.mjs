/**
 * The metadata and tensors of a GGUF file (version 3, little endian) whose bytes are pinned by a hash: what a build
 * script needs of the format, and no more.
 */

const TYPES = { 0: 'float32', 1: 'float16', 2: 'q4_0', 3: 'q4_1', 8: 'q8_0' };
/** [values, bytes] of a block. */
const BLOCKS = { float32: [1, 4], float16: [1, 2], q4_0: [32, 18], q4_1: [32, 20], q8_0: [32, 34] };

/** `{metadata, tensors}`: values by key, and `{name, shape, dtype, bytes}` with shapes as [rows, columns]. */
export function readGguf(file) {
  let at = 0;
  const take = (bytes) => file.subarray(at, (at += bytes));
  const uint32 = () => take(4).readUInt32LE();
  const uint64 = () => Number(take(8).readBigUInt64LE());
  const string = () => take(uint64()).toString('utf8');
  const scalars = {
    0: () => take(1).readUInt8(),
    1: () => take(1).readInt8(),
    2: () => take(2).readUInt16LE(),
    3: () => take(2).readInt16LE(),
    4: uint32,
    5: () => take(4).readInt32LE(),
    6: () => take(4).readFloatLE(),
    7: () => take(1).readUInt8() === 1,
    8: string,
    10: uint64,
    11: () => Number(take(8).readBigInt64LE()),
    12: () => take(8).readDoubleLE(),
  };
  const value = (type) => {
    if (type !== 9) return scalars[type]();
    const item = uint32();
    return Array.from({ length: uint64() }, scalars[item]);
  };

  if (take(4).toString('latin1') !== 'GGUF' || uint32() !== 3) throw new Error('This is no GGUF of version 3.');
  const tensorCount = uint64();
  const entries = uint64();
  const metadata = {};
  for (let i = 0; i < entries; i++) {
    const key = string();
    metadata[key] = value(uint32());
  }
  const infos = Array.from({ length: tensorCount }, () => {
    const name = string();
    const shape = Array.from({ length: uint32() }, uint64).reverse();
    const dtype = TYPES[uint32()];
    return { name, shape, dtype, offset: uint64() };
  });
  const alignment = metadata['general.alignment'] ?? 32;
  const start = Math.ceil(at / alignment) * alignment;
  const tensors = infos.map(({ name, shape, dtype, offset }) => {
    const [values, bytes] = BLOCKS[dtype];
    const size = (shape.reduce((product, side) => product * side, 1) / values) * bytes;
    return { name, shape, dtype, bytes: file.subarray(start + offset, start + offset + size) };
  });
  return { metadata, tensors };
}
