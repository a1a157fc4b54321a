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

/**
 * Where and why `text` is not one JSON value; null where nothing is wrong with it.
 * With `commas`, a comma before a closing brace, bracket or the end is no fault: its offset is added to the list.
 */
export function explainJsonFault(text: string, commas: number[] | null = null): JsonFault | null {
  try {
    const walk: Walk = { text, commas };
    let end = skipBlanks(text, readValue(walk, skipBlanks(text, 0), 0));
    if (commas !== null && text[end] === ',' && skipBlanks(text, end + 1) === text.length) {
      commas.push(end);
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

/** `text` without its trailing commas where they are all that is wrong with it, else null. */
export function withoutTrailingCommas(text: string): string | null {
  const commas: number[] = [];
  if (explainJsonFault(text, commas) !== null) return null;
  const ends = [...commas, text.length];
  return ends.map((end, i) => text.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + 1, end)).join('');
}

interface Walk {
  text: string;
  commas: number[] | null;
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
  throw new Stop(i, explainWord(char, word));
}

function explainWord(char: string, word: string): string {
  if (word === 'None' || word === 'undefined') return `${word} is not JSON; write null`;
  if (word === 'True' || word === 'False') return `${word} is not JSON; write ${word.toLowerCase()}`;
  if (/^[+-]?(NaN|Infinity)$/.test(word)) return `${word} is not JSON; write null or a text in quotes`;
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
function afterItem({ text, commas }: Walk, i: number, bracket: '}' | ']'): { closed: boolean; at: number } {
  const [name, whole] = bracket === '}' ? ['brace', 'dictionary'] : ['bracket', 'list'];
  if (text[i] === bracket) return { closed: true, at: i + 1 };
  if (text[i] === undefined) throw new Stop(i, `the line ends before its ${whole} is closed`);
  if (text[i] !== ',') throw new Stop(i, `a comma or a closing ${name} is missing before this`);
  const next = skipBlanks(text, i + 1);
  if (text[next] !== bracket) return { closed: false, at: next };
  if (commas === null) throw new Stop(i, `a comma before the closing ${name}`);
  commas.push(i);
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
