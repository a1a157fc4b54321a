/**
 * Length of the longest common subsequence, 32 places at a time: Hyyrö 2004, «Bit-parallel LCS-length computation
 * revisited». Two answers of 20,000 words each take a fraction of a second.
 */

/** How many members stand in both lists in the same order, others between them or not. */
export function longestCommonLength<T>(a: readonly T[], b: readonly T[]): number {
  const length = Math.ceil(a.length / 32);
  // Bit i of a member's mask is set where it stands at place i of `a`.
  const masks = new Map<T, Uint32Array>();
  for (const [place, member] of a.entries()) {
    let mask = masks.get(member);
    if (mask === undefined) masks.set(member, (mask = new Uint32Array(length)));
    mask[place >>> 5] = ((mask[place >>> 5] ?? 0) | (1 << (place & 31))) >>> 0;
  }
  // A bit of `rest` that became 0 is one member more of the subsequence.
  const rest = new Uint32Array(length).fill(0xffffffff);
  for (const member of b) {
    const mask = masks.get(member);
    if (mask === undefined) continue;
    let carry = 0;
    for (let word = 0; word < length; word++) {
      const before = rest[word] ?? 0;
      const matched = (before & (mask[word] ?? 0)) >>> 0;
      const sum = before + matched + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      rest[word] = (sum | (before & ~matched)) >>> 0;
    }
  }
  let common = 0;
  for (let place = 0; place < a.length; place++) {
    if (((rest[place >>> 5] ?? 0) & (1 << (place & 31))) === 0) common++;
  }
  return common;
}
