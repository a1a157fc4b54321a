/**
 * The label stands in the text: as a mark at its beginning or end («[RETURNS] where …»), or as its own words in most
 * texts. New texts will not have it, unless people write it themselves.
 */
import { normaliseText } from '../data/groups';
import { formatPercent } from '../words/numbers';
import { cutText } from '../words/excerpt';
import type { FindingRule } from './facts';
import { Hits, makeFinding } from '../data/finding';

/** Of all rows: people do write «refund» when they want one, but not so nearly always. */
const NAMED_SHARE = 0.7;
/** Of the rows that name a label, so many name their own and no other. */
const OWN_SHARE = 0.9;
/** Marks are nothing that people write: a few rows will do. */
const MARKED_SHARE = 0.05;
const FEWEST_MARKED = 10;
/** A mark stands within so many characters of an end. */
const MARK_CHARACTERS = 200;

export const labelInText: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || labels.length < 2) return null;
  const forms = new Map(labels.map(({ label }) => [label, formOf(label)]));
  // Which label a text may name: with thousands of them, only its own is looked for.
  const others = labels.length <= 100 ? [...forms.values()] : [];
  let named = 0;
  let own = 0;
  const [marks, names] = [new Hits(), new Hits()];
  for (const row of rows) {
    const { target, text } = row;
    const form = forms.get(target) ?? '';
    if (form === '') continue;
    if (isMarked(text, target)) marks.add(row, text, `marked "${cutText(target, 60)}"`);
    const words = spaced(normaliseText(text.slice(0, 5000)));
    const has = (label: string): boolean => label !== '' && words.includes(label);
    const hasOwn = has(form);
    const hasOther = others.some((label) => label !== form && !form.includes(label) && has(label));
    if (hasOwn || hasOther) named += 1;
    if (hasOwn && !hasOther) own += 1;
    if (hasOwn) names.add(row, text, `names "${cutText(target, 60)}"`);
  }
  const marked = marks.count >= Math.max(FEWEST_MARKED, MARKED_SHARE * rows.length);
  if (!marked && !(names.count >= NAMED_SHARE * rows.length && own >= OWN_SHARE * named)) return null;
  const hits = marked && marks.count >= names.count / 2 ? marks : names;
  const share = formatPercent(hits.count / rows.length, 0);
  return makeFinding(
    {
      id: 'label-in-text',
      severity: 'warning',
      title:
        hits === marks
          ? `The label stands in the text as a mark in ${share} of the rows`
          : `The label’s own words stand in ${share} of the texts`,
      detail:
        'A model need only copy it, so that every score will look perfect. Take it out of the texts, unless the texts ' +
        'to be labelled later will have it too.',
    },
    hits,
  );
};

/** The words of a label between spaces, so that «art» is not found in «start»; scripts without spaces as they are. */
function formOf(label: string): string {
  const plain = normaliseText(label);
  if (!/[\p{L}\p{N}]/u.test(plain)) return '';
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(plain) ? plain : spaced(plain);
}

function spaced(words: string): string {
  return ` ${words} `;
}

const OPENING = /^[[(<{#*"'«_\s]*/u;
const CLOSING = /[\])>}#*"'»_\s]*$/u;

/** «[RETURNS] …», «returns: …», «… (returns)», «… | returns»; not «returns are slow». */
function isMarked(text: string, label: string): boolean {
  const [name, other] = [label.toLowerCase(), label.toLowerCase().replace(/[_-]+/g, ' ')];
  const head = text.slice(0, MARK_CHARACTERS).toLowerCase();
  const start = head.replace(OPENING, '');
  const opened = start.length < head.length && /^[[(<{#*]/.test(head.trimStart());
  const tail = text.slice(-MARK_CHARACTERS).toLowerCase();
  const end = tail.replace(CLOSING, '');
  const closed = /[\])>}*]$/.test(tail.trimEnd());
  return [name, other].some((word) => {
    if (start.startsWith(word)) {
      const rest = start.slice(word.length);
      if (
        opened
          ? /^\s*[\])>}*:|]/.test(rest) || (/^\s/.test(rest) && head.trimStart().startsWith('#'))
          : /^\s*[:|;=>–—]|^\s+-\s/.test(rest)
      )
        return true;
    }
    if (!end.endsWith(word)) return false;
    const before = end.slice(0, end.length - word.length);
    return closed ? /[[(<{*]\s*$/.test(before) : /[:|;=>#–—]\s*$|\s-\s+$/.test(before);
  });
}
