/**
 * Unigram (Kudo 2018) as sentencepiece computes it: of all ways to put a word together from pieces, the one whose scores
 * have the largest sum; in float32, so that close sums fall as they do there (unigram_model.cc, `EncodeOptimized`).
 * Words are read one by one, which gives the same: no piece goes across a blank.
 */
import * as v from 'valibot';
import { createCharsmap } from './charsmap';
import { damagedTokenizer, type WordReader } from './word-reader';

type Vocabulary = readonly (readonly [text: string, score: number])[];

const precompiled = v.object({ type: v.literal('Precompiled'), precompiled_charsmap: v.string() });
const oneBlank = v.object({ type: v.literal('Replace'), pattern: v.object({ Regex: v.literal(' {2,}') }) });
const steps = v.union([v.tuple([precompiled]), v.tuple([precompiled, oneBlank])]);

const schema = v.object({
  added_tokens: v.array(v.object({ id: v.number(), content: v.string() })),
  // Nothing, the map, or the map with a step that makes one blank of several: words are cut at blanks here anyway.
  normalizer: v.nullish(v.union([precompiled, v.object({ type: v.literal('Sequence'), normalizers: steps })])),
  pre_tokenizer: v.object({
    pretokenizers: v.tuple([
      v.object({ type: v.literal('WhitespaceSplit') }),
      v.object({ type: v.literal('Metaspace'), replacement: v.literal('▁') }),
    ]),
  }),
  model: v.object({
    type: v.literal('Unigram'),
    unk_id: v.pipe(v.number(), v.safeInteger()),
    // A quarter of a million: looked at by a loop of our own.
    vocab: v.custom<Vocabulary>(isVocabulary, 'Expected pieces with their scores'),
  }),
});

function isVocabulary(value: unknown): boolean {
  const isPiece = (piece: unknown): boolean =>
    Array.isArray(piece) && piece.length === 2 && typeof piece[0] === 'string' && Number.isFinite(piece[1]);
  return Array.isArray(value) && value.every(isPiece);
}

/** What a character that is in no piece costs beyond the worst piece. */
const UNKNOWN_PENALTY = 10;
const BLANK = '▁';

/** From the parsed tokenizer.json of a model; throws `model-damaged`. */
export function unigramReader(tokenizerJson: unknown): WordReader {
  const parsed = v.safeParse(schema, tokenizerJson);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw damagedTokenizer(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  const { added_tokens: added, normalizer, model } = parsed.output;
  const special = (content: string): number => {
    const token = added.find((candidate) => candidate.content === content);
    if (token === undefined) throw damagedTokenizer(`${content} is missing`);
    return token.id;
  };
  const [clsId, sepId, padId] = [special('<s>'), special('</s>'), special('<pad>')];
  const map = normalizer?.type === 'Sequence' ? normalizer.normalizers[0] : normalizer;
  const normalise = map ? readCharsmap(map.precompiled_charsmap) : (text: string): string => text;
  const isAdded = new Set(added.map(({ id }) => id));
  const pieces = new Pieces(model.vocab, (id) => !isAdded.has(id));
  const unknownId = model.unk_id;

  /** The words of a run as pieces, each behind its blank. */
  const wordsOf = (run: string): string[] =>
    normalise(run)
      .split(' ')
      .filter((word) => word !== '')
      .flatMap((word) => `${BLANK}${word}`.split(/(?=▁)/u));

  const encodeRun = (run: string): number[] => {
    const ids: number[] = [];
    for (const word of wordsOf(run)) {
      // Unknown characters beside each other are one token.
      for (const id of pieces.split(word)) if (id >= 0 || ids.at(-1) !== unknownId) ids.push(id < 0 ? unknownId : id);
    }
    return ids;
  };

  return {
    before: [clsId],
    after: [sepId],
    padId,
    vocabSize: Math.max(model.vocab.length, ...added.map(({ id }) => id + 1)),
    encodeRun,
    makeOut(word) {
      const ids = wordsOf(word).flatMap((part) => pieces.split(part));
      // A blank by itself is no piece of the word.
      const blank = ids[0] !== undefined && ids[0] === pieces.blankId ? 1 : 0;
      return { pieces: ids.length - blank, unknown: ids.filter((id) => id < 0).length };
    },
  };
}

function readCharsmap(base64: string): (text: string) => string {
  try {
    return createCharsmap(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch (cause) {
    throw damagedTokenizer('its map of characters is not understood', cause);
  }
}

/** Pieces in the order of their UTF-16 units: those that begin alike stand beside each other. */
class Pieces {
  readonly #texts: readonly string[];
  /** [pieces] in that order. */
  readonly #ids: Int32Array;
  readonly #scores: Float32Array;
  readonly #unknownScore: number;
  readonly blankId: number;

  constructor(vocab: Vocabulary, isPiece: (id: number) => boolean) {
    const idOf = new Map<string, number>();
    vocab.forEach(([text], id) => {
      if (isPiece(id) && text !== '') idOf.set(text, id);
    });
    this.#texts = [...idOf.keys()].sort();
    this.#ids = Int32Array.from(this.#texts, (text) => idOf.get(text) ?? 0);
    this.#scores = Float32Array.from(this.#ids, (id) => vocab[id]?.[1] ?? 0);
    const worst = this.#scores.reduce((least, score) => Math.min(least, score), 0);
    this.#unknownScore = Math.fround(worst - UNKNOWN_PENALTY);
    this.blankId = idOf.get(BLANK) ?? -1;
  }

  /** Ids of the pieces that a word is put together from, −1 for a character that is in none. */
  split(word: string): number[] {
    const { length } = word;
    const best = new Float32Array(length + 1).fill(-Infinity);
    const startOf = new Int32Array(length + 1);
    const idOf = new Int32Array(length + 1);
    best[0] = 0;
    for (let start = 0; start < length;) {
      const before = best[start] ?? 0;
      const offer = (end: number, score: number, id: number): void => {
        const sum = Math.fround(score + before);
        if (sum <= (best[end] ?? 0)) return;
        best[end] = sum;
        startOf[end] = start;
        idOf[end] = id;
      };
      const next = start + ((word.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
      let single = false;
      let range = { from: 0, to: this.#texts.length };
      for (let end = start + 1; end <= length; end++) {
        range = this.#narrow(range, end - start - 1, word.charCodeAt(end - 1));
        if (range.from === range.to) break;
        if (this.#texts[range.from]?.length !== end - start) continue;
        offer(end, this.#scores[range.from] ?? 0, this.#ids[range.from] ?? 0);
        single ||= end === next;
      }
      if (!single) offer(next, this.#unknownScore, -1);
      start = next;
    }
    const ids: number[] = [];
    for (let end = length; end > 0; end = startOf[end] ?? 0) ids.push(idOf[end] ?? 0);
    return ids.reverse();
  }

  /** Of pieces that are alike up to `depth`, those that have `unit` there. */
  #narrow({ from, to }: { from: number; to: number }, depth: number, unit: number): { from: number; to: number } {
    const first = (isAtLeast: (own: number) => boolean, low: number): number => {
      let high = to;
      while (low < high) {
        const middle = (low + high) >>> 1;
        // A piece that ends before comes first.
        const text = this.#texts[middle] ?? '';
        if (text.length > depth && isAtLeast(text.charCodeAt(depth))) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const start = first((own) => own >= unit, from);
    return { from: start, to: first((own) => own > unit, start) };
  }
}
