/**
 * Short pieces of text for findings and messages, and the words for counts.
 */
import { formatCount } from './numbers';

const MAX_EXCERPT = 120;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A copy that shares no memory with the string it was cut from: engines keep a 10 MB line alive for as long as
 * ten characters of it are held. Lone surrogates become U+FFFD.
 */
export function detach(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/** At most `max` UTF-16 units of `text`, never ending in half a character. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** At most 120 characters on one line, with «…» where something was cut. */
export function excerpt(text: string): string {
  const line = cutText(text, MAX_EXCERPT * 4)
    .replace(/\s+/g, ' ')
    .trim();
  const short = line.length > MAX_EXCERPT || text.length > MAX_EXCERPT * 4;
  return detach(short ? `${cutText(line, MAX_EXCERPT - 1)}…` : line);
}

/** Names in a sentence, quoted: «"a", "b" and 3 more». */
export function nameList(names: readonly string[], max = 5): string {
  const shown = names.slice(0, max).map((name) => `"${cutText(name, 60)}"`);
  return names.length > max ? `${shown.join(', ')} and ${formatCount(names.length - max)} more` : shown.join(', ');
}

/** A label in a sentence: a text that found its way into the label column must not become the headline. */
export function quoted(label: string): string {
  const line = label.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return `«${characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : line}»`;
}
