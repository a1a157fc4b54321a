/** Rows with the same token ids are one text, so that what is frozen runs once for them. */

export interface DistinctTexts {
  tokenIds: Int32Array[];
  /** [rows] position in `tokenIds`. */
  of: Int32Array;
}

/** The texts of a run's rows, and which of the rows are trained on. */
export interface RowTexts {
  distinct: DistinctTexts;
  trainRows: Int32Array;
}

/** Finds rows with the same ids. */
export function distinctTexts(tokenIds: readonly Int32Array[]): DistinctTexts {
  const positions = new Map<string, number>();
  const found: Int32Array[] = [];
  const of = Int32Array.from(tokenIds, (ids) => {
    const key = ids.join();
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, found.length);
    return found.push(ids) - 1;
  });
  return { tokenIds: found, of };
}
