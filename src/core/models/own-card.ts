/** What the head of a model card (README.md, between two lines of ---) says of licence and languages. */
import type { ByteSource } from '../formats/byte-source';
import { readText } from './own-json';

export interface CardHead {
  /** As it is named there; null where it is not. */
  licence: string | null;
  /** BCP 47 codes. */
  languages: string[];
}

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z]{2,4})?$/;

/** Reads the card of a folder; nothing is said where there is none. */
export async function readCardHead(card: ByteSource | undefined): Promise<CardHead> {
  if (card === undefined) return { licence: null, languages: [] };
  const [, head = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(await readText(card)) ?? [];
  const [licence] = valuesOf(head, 'license');
  const [name] = valuesOf(head, 'license_name');
  return {
    // «other» says where to look, not what it is.
    licence: (licence === 'other' ? name : undefined) ?? licence ?? null,
    languages: languageCodes(valuesOf(head, 'language')),
  };
}

/** Those of some names that are codes of languages, each once. */
export function languageCodes(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => LANGUAGE.test(name)))];
}

/** The values of a field of YAML's plainest forms: one, [some, in brackets], or a line each with a dash. */
function valuesOf(head: string, field: string): string[] {
  const [, own = '', lines = ''] =
    new RegExp(`^${field}:[ \\t]*([^\\r\\n]*)((?:\\r?\\n[ \\t]*-[ \\t]+[^\\r\\n]*)*)`, 'm').exec(head) ?? [];
  const all = own.trim() === '' ? lines.split(/\r?\n/).map((line) => line.replace(/^[ \t]*-/, '')) : own.split(',');
  return all.map((value) => value.replace(/[[\]"']/g, '').trim()).filter((value) => value !== '');
}
