/**
 * Says in words, with the column, why a text is not JSON. `JSON.parse` has other words in every browser, and no column
 * in one; this walk is only made over lines that `JSON.parse` refused.
 */

export interface JsonFault {
  /** Zero-based UTF-16 offset of the fault in the text. */
  offset: number;
  /** What is wrong, to stand after «column 53: ». */
  message: string;
}

/** Deeper nesting than this is refused, here and when records are read. */
export const MAX_DEPTH = 64;

/** A fault that can be put right without a doubt. */
interface Repair {
  kind: 'comma' | 'nan';
  offset: number;
  length: number;
}

/**
 * Where and why `text` is not one JSON value; null where nothing is wrong with it. With `repairs`, a comma before a
 * closing brace, bracket or the end, and NaN and Infinity, are no faults: they are added to the list.
 */
export function explainJsonFault(text: string, repairs: Repair[] | null = null): JsonFault | null {
  try {
    const walk: Walk = { text, repairs };
    let end = skipBlanks(text, readValue(walk, skipBlanks(text, 0), 0));
    if (repairs !== null && text[end] === ',' && skipBlanks(text, end + 1) === text.length) {
      repairs.push({ kind: 'comma', offset: end, length: 1 });
      end = text.length;
    }
    return end < text.length
      ? { offset: end, message: 'more text after the end of the value; one dictionary per line' }
      : null;
  } catch (error) {
    if (error instanceof Stop) return { offset: error.offset, message: error.message };
    throw error;
  }
}

/** «column 53: a colon is missing», or «line 7, column 3: …» in a value that spans lines and begins at `firstLine`. */
export function describeJsonFault(text: string, firstLine: number): string {
  const fault = explainJsonFault(text);
  if (fault === null) return 'not JSON';
  const before = text.slice(0, fault.offset).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const line = before.length > 1 ? `line ${firstLine + before.length - 1}, ` : '';
  return `${line}column ${column}: ${fault.message}`;
}

/**
 * `text` without its trailing commas, and with null for NaN and Infinity, where they are all that is wrong with it;
 * else null.
 */
export function withoutFaults(text: string): { text: string; commas: boolean; nans: boolean } | null {
  const repairs: Repair[] = [];
  if (explainJsonFault(text, repairs) !== null) return null;
  let repaired = '';
  let from = 0;
  for (const { kind, offset, length } of repairs) {
    repaired += text.slice(from, offset) + (kind === 'nan' ? 'null' : '');
    from = offset + length;
  }
  const has = (kind: Repair['kind']): boolean => repairs.some((repair) => repair.kind === kind);
  return { text: repaired + text.slice(from), commas: has('comma'), nans: has('nan') };
}

interface Walk {
  text: string;
  repairs: Repair[] | null;
}

class Stop extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Reads the value at `i` and returns the offset after it. */
function readValue(walk: Walk, i: number, depth: number): number {
  const { text } = walk;
  if (depth > MAX_DEPTH) throw new Stop(i, `nested deeper than ${MAX_DEPTH} levels`);
  const char = text[i];
  if (char === undefined) throw new Stop(i, 'the line ends here, where a value is expected');
  if (char === '{') return readDictionary(walk, i, depth);
  if (char === '[') return readList(walk, i, depth);
  if (char === '"') return readString(text, i);
  const token = /[\w+.-]*/y;
  token.lastIndex = i;
  const word = token.exec(text)?.[0] ?? '';
  if (word === 'true' || word === 'false' || word === 'null') return i + word.length;
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return i + word.length;
  if (walk.repairs !== null && isNan(word)) {
    walk.repairs.push({ kind: 'nan', offset: i, length: word.length });
    return i + word.length;
  }
  throw new Stop(i, explainWord(char, word));
}

function isNan(word: string): boolean {
  return /^[+-]?(NaN|Infinity)$/.test(word);
}

function explainWord(char: string, word: string): string {
  if (word === 'None' || word === 'undefined') return `${word} is not JSON; write null`;
  if (word === 'True' || word === 'False') return `${word} is not JSON; write ${word.toLowerCase()}`;
  if (isNan(word)) return `${word} is not JSON; write null or a text in quotes`;
  if (char === "'" || char === '`') return 'another kind of quote; JSON text stands in double quotes';
  if (char === '“' || char === '”' || char === '„')
    return 'a typographic quote; JSON text stands in straight double quotes';
  if (char === '/' || char === '#') return 'JSON has no comments';
  if (char === ',' || char === '}' || char === ']') return 'a value is missing before this';
  return word === '' ? `"${char}" cannot begin a value` : `text must stand in double quotes`;
}

function readDictionary(walk: Walk, open: number, depth: number): number {
  const { text } = walk;
  let i = skipBlanks(text, open + 1);
  if (text[i] === '}') return i + 1;
  for (;;) {
    if (text[i] === undefined) throw new Stop(i, 'the line ends before its dictionary is closed');
    if (text[i] !== '"') throw new Stop(i, 'a key in double quotes is expected');
    i = skipBlanks(text, readString(text, i));
    if (text[i] !== ':') throw new Stop(i, 'a colon is missing before this');
    i = skipBlanks(text, readValue(walk, skipBlanks(text, i + 1), depth + 1));
    const next = afterItem(walk, i, '}');
    if (next.closed) return next.at;
    i = next.at;
  }
}

function readList(walk: Walk, open: number, depth: number): number {
  const { text } = walk;
  let i = skipBlanks(text, open + 1);
  if (text[i] === ']') return i + 1;
  for (;;) {
    i = skipBlanks(text, readValue(walk, i, depth + 1));
    const next = afterItem(walk, i, ']');
    if (next.closed) return next.at;
    i = next.at;
  }
}

/** What follows an item at `i`: the closing `bracket` or a comma and the next item. */
function afterItem({ text, repairs }: Walk, i: number, bracket: '}' | ']'): { closed: boolean; at: number } {
  const [name, whole] = bracket === '}' ? ['brace', 'dictionary'] : ['bracket', 'list'];
  if (text[i] === bracket) return { closed: true, at: i + 1 };
  if (text[i] === undefined) throw new Stop(i, `the line ends before its ${whole} is closed`);
  if (text[i] !== ',') throw new Stop(i, `a comma or a closing ${name} is missing before this`);
  const next = skipBlanks(text, i + 1);
  if (text[next] !== bracket) return { closed: false, at: next };
  if (repairs === null) throw new Stop(i, `a comma before the closing ${name}`);
  repairs.push({ kind: 'comma', offset: i, length: 1 });
  return { closed: true, at: next + 1 };
}

function readString(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '"') return i + 1;
    if (char === '\\') {
      const rest = text.slice(i + 1, i + 6);
      if (rest[0] === 'u' ? !/^u[0-9a-fA-F]{4}/.test(rest) : !/^["\\/bfnrt]/.test(rest)) {
        throw new Stop(i, 'a backslash that JSON does not know; write \\\\');
      }
      i += rest[0] === 'u' ? 5 : 1;
    } else if (char < ' ') {
      throw new Stop(i, char === '\n' ? 'a line break inside a text; write \\n' : 'a control character inside a text');
    }
  }
  throw new Stop(open, 'the text that begins here is never closed');
}

function skipBlanks(text: string, from: number): number {
  let i = from;
  while (text[i] === ' ' || text[i] === '\t' || text[i] === '\n' || text[i] === '\r') i++;
  return i;
}
