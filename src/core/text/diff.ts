/**
 * What of an answer is not in the wanted one: words, blanks and signs that the longest common subsequence of both leaves out.
 * Only this is marked; what is missing stands in the wanted answer beside it.
 */

export interface DiffPart {
  text: string;
  /** False where it is not in the wanted answer. */
  shared: boolean;
}

/** More cells than this are not compared: what stands between the same beginning and the same end counts as other. */
const MOST_CELLS = 4_000_000;

/** `answer` in parts, in order and whole; neighbours of one kind are one part. Blanks alone between two that are not shared go with them. */
export function markAgainst(answer: string, wanted: string): DiffPart[] {
  const [own, theirs] = [tokensOf(answer), tokensOf(wanted)];
  const kept = new Uint8Array(own.length);
  let start = 0;
  while (start < own.length && start < theirs.length && own[start] === theirs[start]) kept[start++] = 1;
  let [ownEnd, theirEnd] = [own.length, theirs.length];
  while (ownEnd > start && theirEnd > start && own[ownEnd - 1] === theirs[theirEnd - 1]) {
    ownEnd -= 1;
    theirEnd -= 1;
    kept[ownEnd] = 1;
  }
  markCommon(own.slice(start, ownEnd), theirs.slice(start, theirEnd), kept.subarray(start, ownEnd));
  // A blank between two words that are struck would cut one mark into pieces.
  for (let i = 1; i + 1 < own.length; i++) {
    if (/^\s+$/.test(own[i] ?? '') && kept[i - 1] === 0 && kept[i + 1] === 0) kept[i] = 0;
  }
  const parts: DiffPart[] = [];
  for (const [i, text] of own.entries()) {
    const shared = kept[i] === 1;
    const last = parts.at(-1);
    if (last?.shared === shared) last.text += text;
    else parts.push({ text, shared });
  }
  return parts;
}

/** Words, runs of blanks, and every other sign by itself. */
function tokensOf(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu) ?? [];
}

/** Sets 1 for the members of `own` that a longest common subsequence has. */
function markCommon(own: readonly string[], theirs: readonly string[], kept: Uint8Array): void {
  const width = theirs.length + 1;
  if (own.length === 0 || theirs.length === 0 || own.length * width > MOST_CELLS) return;
  // Lengths of what is common from here to the end.
  const lengths = new Uint16Array((own.length + 1) * width);
  for (let i = own.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      const [below, right] = [lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0];
      lengths[i * width + j] =
        own[i] === theirs[j] ? 1 + (lengths[(i + 1) * width + j + 1] ?? 0) : Math.max(below, right);
    }
  }
  for (let i = 0, j = 0; i < own.length && j < theirs.length;) {
    if (own[i] === theirs[j]) {
      kept[i] = 1;
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
}
