/** In which precision the frozen layers' output is kept, and how many bytes each text takes: it follows from the data. */

export interface StatesPlan {
  tokenIds: readonly Int32Array[];
  /** float16, since float32 would be over the budget. */
  half: boolean;
  /** Of a text. */
  bytesOf(text: number): number;
  /** Of values of a text. */
  sizeOf(text: number): number;
  /** Of all texts. */
  bytes: number;
  keepBytes: number;
}

/** Of distinct texts; `keepBytes` is the memory there is for them. */
export function statesOf(tokenIds: readonly Int32Array[], hiddenSize: number, keepBytes: number): StatesPlan {
  const values = tokenIds.reduce((sum, ids) => sum + ids.length, 0) * hiddenSize;
  const half = 4 * values > keepBytes;
  const width = half ? 2 : 4;
  const sizeOf = (text: number): number => (tokenIds[text]?.length ?? 0) * hiddenSize;
  return { tokenIds, half, keepBytes, bytes: width * values, sizeOf, bytesOf: (text) => width * sizeOf(text) };
}
