/**
 * The order in which labels stand in tables, matrix and files: numbers by their value (2 before 10, also within
 * «5 stars»), all else by code unit, as scikit-learn sorts. The order of a model's outputs is the label map's own.
 */

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;

/** For `sort`: numbers first and by value, then the other labels. */
export function compareLabels(a: string, b: string): number {
  const numbers = [NUMBER.test(a), NUMBER.test(b)];
  if (numbers[0] && numbers[1]) return Number(a) - Number(b) || byCodeUnit(a, b);
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return byPieces(a, b) || byCodeUnit(a, b);
}

/** Stretches of digits by their value, what lies between by code unit. */
function byPieces(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [own, other] = [left[i] ?? '', right[i] ?? ''];
    const both = /^\d/.test(own) && /^\d/.test(other);
    const order = both ? Number(own) - Number(other) : byCodeUnit(own, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function pieces(label: string): string[] {
  return label.match(/\d+|\D+/g) ?? [];
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
