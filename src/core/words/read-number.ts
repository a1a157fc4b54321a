/**
 * Numbers as people type them: grouped («1,000», «1 000», «1'000»), with a decimal point or comma, with an exponent.
 *
 * The page itself writes «1,240» and «0.5», so that is how doubt is settled, except where the other reading is as likely:
 * a lone separator before exactly three digits. Then the number is refused, and the words say how to write it.
 *
 * | typed       | whole number     | number      | why                                                     |
 * | ----------- | ---------------- | ----------- | ------------------------------------------------------- |
 * | `1,000`     | 1000             | in doubt    | a whole number has no decimals; 1,000 may be 1.000      |
 * | `1.000`     | in doubt         | 1           | the page writes decimals so; elsewhere it is a thousand |
 * | `0,125`     | 0.125            | 0.125       | no group starts with a 0                                |
 * | `1,5`       | 1.5              | 1.5         | no group has one digit                                  |
 * | `1.234.567` | 1234567          | 1234567     | nothing has two decimal points                          |
 * | `1.234,5`   | 1234.5           | 1234.5      | the last separator is the decimal one                   |
 */
export type NumberKind = 'integer' | 'number';

/** A value, or why there is none. `inDoubt`: both values that the text may mean. */
export type ReadNumber =
  { ok: true; value: number } | { ok: false; inDoubt: readonly [number, number] | null; words: string };

const SHAPE = /^([+-]?)(\d*(?:[.,' _]\d+)*[.,]?)(?:e([+-]?\d+))?$/i;
/** What separates groups and nothing else. */
const ONLY_GROUPS = /[' _]/;
const NOT_A_NUMBER: ReadNumber = { ok: false, inDoubt: null, words: 'That is not a number.' };

/** Reads what was typed; an empty text is no number. */
export function readNumber(text: string, kind: NumberKind): ReadNumber {
  // Full-width digits, every kind of space, typographic minus and apostrophe.
  const plain = text.normalize('NFKC').trim().replace(/\s/g, ' ').replace(/[−–]/g, '-').replace(/[’´`]/g, "'");
  const [, sign = '', digits = '', exponent = '0'] = SHAPE.exec(plain) ?? [];
  const readings = readingsOf(digits, kind);
  const [first, second] = readings.map((reading) => Number(`${sign}${reading}e${exponent}`));
  if (first === undefined || !Number.isFinite(first)) return NOT_A_NUMBER;
  if (second === undefined) return { ok: true, value: first };
  return {
    ok: false,
    inDoubt: [first, second],
    words: `“${text.trim()}” can mean ${first} or ${second}: write ${first} or ${writeOut(second, kind)}.`,
  };
}

/** Every number, as JavaScript writes it, that these digits may mean; the likelier first. */
function readingsOf(digits: string, kind: NumberKind): string[] {
  if (!/\d/.test(digits)) return [];
  const marks = digits.match(/[.,]/g) ?? [];
  const [mark] = marks;
  const last = marks.at(-1);
  if (mark === undefined || last === undefined) return grouped(digits);
  const at = digits.lastIndexOf(last);
  const [whole, decimals] = [digits.slice(0, at), digits.slice(at + 1)];
  const decimal = /^\d*$/.test(decimals) ? grouped(whole).map((whole) => `${whole}.${decimals || '0'}`) : [];
  if (marks.length > 1) return marks.every((one) => one === last) ? grouped(digits) : decimal;
  const thousands = ONLY_GROUPS.test(digits) ? [] : grouped(digits);
  // No group, or no decimals: only one reading is left.
  if (thousands.length === 0) return decimal;
  if (mark === ',') return kind === 'integer' ? thousands : [...thousands, ...decimal];
  return kind === 'number' ? decimal : [...thousands, ...decimal];
}

/** Digits without their separators, when those stand where groups of three end; nothing otherwise. */
function grouped(digits: string): string[] {
  if (/^\d*$/.test(digits)) return [digits || '0'];
  const [separator] = /[.,' _]/.exec(digits) ?? [];
  const groups = digits.split(separator ?? '');
  const [first = '', ...rest] = groups;
  const right = /^[1-9]\d{0,2}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
  return right ? [groups.join('')] : [];
}

/** A number that is read as itself and not as thousands. */
function writeOut(value: number, kind: NumberKind): string {
  return kind === 'integer' || String(value).includes('.') ? String(value) : `${value}.0`;
}
