/**
 * An answer as words, as rouge-score takes a text apart: lower case, runs of letters and digits. There these are ASCII
 * alone, so that «Größe» is two words and Chinese none; here letters of every script count, and scripts without spaces
 * give one word a character. Where all letters and digits are ASCII both give the same.
 */

const ASCII_WORD = /[a-z0-9]+/g;
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{M}\p{N}]+/gu;

/** The words of a text, lower case, without punctuation and symbols. */
export function answerWords(text: string): string[] {
  const lower = text.toLowerCase();
  return lower.match(/[^\x20-\x7e\s]/.test(lower) ? WORD : ASCII_WORD) ?? [];
}
