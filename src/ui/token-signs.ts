/** Control tokens of chat templates as small signs. */

/** Written as chat templates write them: «<|im_end|>». */
export function isControlToken(text: string): boolean {
  return /^<\|[^|<>\s]{1,40}\|>$/.test(text);
}

/** «<|im_end|>» as «end»; others by their own names. */
export function signWords(token: string): string {
  return token === '<|im_end|>' ? 'end' : token.replace(/^<\||\|>$/g, '');
}
