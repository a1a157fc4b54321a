/**
 * Reads the beginning of a JSON value that may be cut off anywhere: what is complete by then.
 */
import { withoutFaults } from './json-fault';

export interface JsonPrefix {
  /** The value with its unfinished ends closed; of a text or number that is cut off nothing. */
  value: unknown;
  /** Offset just behind the value, −1 where it is cut off. */
  end: number;
}

/** The first JSON value in `text`, or null where what there is of it is no JSON. */
export function parsePrefix(text: string): JsonPrefix | null {
  const closers: string[] = [];
  let safe = 0;
  let end = -1;
  let inString = false;
  for (let i = 0; i < text.length && end < 0; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      safe = i + 1;
    } else if (char === '}' || char === ']') {
      if (closers.pop() !== char) return null;
      safe = i + 1;
      if (closers.length === 0) end = safe;
    } else if (char === ',') safe = i;
  }
  if (safe === 0) return null;
  const whole = text.slice(0, safe) + closers.reverse().join('');
  const value = parseLenient(whole);
  return value === undefined ? null : { value, end };
}

/** The value in `text`, with what is commonly wrong put right; undefined where it is no JSON even so. */
export function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const repaired = withoutFaults(text);
    return repaired === null ? undefined : JSON.parse(repaired.text);
  }
}
