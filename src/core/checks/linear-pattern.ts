/**
 * Regular expressions in linear time. The engine's own can take longer than the universe for one answer of thirty letters
 * and cannot be stopped; this one walks all branches at once (Thompson 1968, «Regular expression search algorithm») and
 * takes at most one step a character and place of the pattern. It takes JavaScript's patterns in Unicode mode, without what
 * needs memory or a look elsewhere: look-ahead, look-behind, references back. Those are refused in words.
 */
import { AppError } from '../errors';

/** Places of a pattern after its counts are written out: more is refused. */
const MOST_PLACES = 5_000;
/** Steps for one text: with more it is not judged. */
const MOST_STEPS = 200_000_000;

/** True where the pattern is found; null for a text too long to tell. */
export type LinearPattern = (text: string) => boolean | null;

type Test = (point: string) => boolean;
/** Whether the place between two characters fits; empty at an end of the text. */
type Place = (before: string, after: string) => boolean;

type Node =
  | { type: 'character'; test: Test }
  | { type: 'place'; fits: Place }
  | { type: 'sequence'; parts: Node[] }
  | { type: 'choice'; parts: Node[] }
  | { type: 'repeat'; part: Node; least: number; most: number };

type Step =
  | { type: 'character'; test: Test }
  | { type: 'place'; fits: Place }
  | { type: 'split'; to: number[] }
  | { type: 'found' };

export interface PatternOptions {
  ignoreCase?: boolean;
  /** The whole text must fit, not a part of it. */
  whole?: boolean;
}

/** Makes a pattern ready; throws `config-invalid` with what is wrong with it. */
export function linearPattern(
  source: string,
  { ignoreCase = false, whole = false }: PatternOptions = {},
): LinearPattern {
  const flags = ignoreCase ? 'iu' : 'u';
  try {
    new RegExp(source, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(`This is not a regular expression: ${error.message.replace(/^.*\/[a-z]*: /s, '')}.`);
  }
  const steps: Step[] = [];
  write(new Parser(source, flags).whole(), steps);
  steps.push({ type: 'found' });
  return (text) => run(steps, text, whole);
}

function invalid(message: string): AppError {
  return new AppError('config-invalid', message);
}

/** Reads a source that JavaScript itself has taken: only what is told apart here has to be looked at. */
class Parser {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  whole(): Node {
    return this.#choice();
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at += 1;
      parts.push(this.#sequence());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { type: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) parts.push(this.#repeated());
    return { type: 'sequence', parts };
  }

  #repeated(): Node {
    const part = this.#atom();
    const count = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (!count) return part;
    this.#at += count[0].length;
    const [, sign, least, open, most] = count;
    if (sign !== undefined) {
      return { type: 'repeat', part, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
    }
    const upTo = open === undefined ? Number(least) : most === '' || most === undefined ? Infinity : Number(most);
    return { type: 'repeat', part, least: Number(least), most: upTo };
  }

  #atom(): Node {
    const sign = this.#source[this.#at] ?? '';
    if (sign === '(') return this.#group();
    if (sign === '^') return this.#place(1, (before) => before === '');
    if (sign === '$') return this.#place(1, (_, after) => after === '');
    if (sign === '[') return this.#delegated(/^\[(?:\\[^]|[^\]\\])*\]/u);
    if (sign !== '\\') return this.#delegated(/^[^]/u);
    const next = this.#source[this.#at + 1] ?? '';
    if (next === 'b') return this.#place(2, (before, after) => this.#isEdge(before, after));
    if (next === 'B') return this.#place(2, (before, after) => !this.#isEdge(before, after));
    if (/[1-9k]/.test(next)) throw invalid('References back (\\1, \\k) are not taken here: they have no time limit.');
    return this.#delegated(
      /^\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[a-zA-Z]|[^])/u,
    );
  }

  #group(): Node {
    const head = /^\((?:\?(?::|<(?![=!])[^>]*>))?/.exec(this.#source.slice(this.#at))?.[0] ?? '(';
    this.#at += head.length;
    if (this.#source[this.#at] === '?') {
      throw invalid('Look-ahead, look-behind and flags within a pattern are not taken here: they have no time limit.');
    }
    const inner = this.#choice();
    this.#at += 1;
    return inner;
  }

  #place(length: number, fits: Place): Node {
    this.#at += length;
    return { type: 'place', fits };
  }

  #isEdge(before: string, after: string): boolean {
    const word = this.#test('\\w');
    return (before !== '' && word(before)) !== (after !== '' && word(after));
  }

  /** One character, told by JavaScript itself. */
  #delegated(shape: RegExp): Node {
    const source = shape.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += Math.max(1, source.length);
    return { type: 'character', test: this.#test(source) };
  }

  #test(source: string): Test {
    const known = new Map<string, boolean>();
    const own = new RegExp(`^${source}$`, this.#flags);
    return (point) => {
      let fits = known.get(point);
      if (fits === undefined) known.set(point, (fits = own.test(point)));
      return fits;
    };
  }
}

/** Writes a node out as steps, each going on to the next one. */
function write(node: Node, steps: Step[]): void {
  if (steps.length > MOST_PLACES) throw invalid('This pattern is too large with its counts written out.');
  switch (node.type) {
    case 'character':
    case 'place':
      steps.push(node);
      return;
    case 'sequence':
      for (const part of node.parts) write(part, steps);
      return;
    case 'choice': {
      const fork: Extract<Step, { type: 'split' }> = { type: 'split', to: [] };
      steps.push(fork);
      const ends: Extract<Step, { type: 'split' }>[] = [];
      for (const part of node.parts) {
        fork.to.push(steps.length);
        write(part, steps);
        const end: Extract<Step, { type: 'split' }> = { type: 'split', to: [] };
        ends.push(end);
        steps.push(end);
      }
      for (const end of ends) end.to.push(steps.length);
      return;
    }
    case 'repeat': {
      const { part, least, most } = node;
      for (let count = 0; count < least; count++) {
        const before = steps.length;
        write(part, steps);
        // Nothing, however often, is nothing.
        if (steps.length === before) break;
      }
      if (most === Infinity) {
        const loop: Extract<Step, { type: 'split' }> = { type: 'split', to: [] };
        const start = steps.length;
        steps.push(loop);
        write(part, steps);
        steps.push({ type: 'split', to: [start] });
        loop.to.push(start + 1, steps.length);
        return;
      }
      const ways: Extract<Step, { type: 'split' }>[] = [];
      for (let count = least; count < most; count++) {
        const way: Extract<Step, { type: 'split' }> = { type: 'split', to: [steps.length + 1] };
        ways.push(way);
        steps.push(way);
        write(part, steps);
      }
      for (const way of ways) way.to.push(steps.length);
      return;
    }
    default:
      node satisfies never;
  }
}

function run(steps: readonly Step[], text: string, whole: boolean): boolean | null {
  if (text.length * steps.length > MOST_STEPS) return null;
  const points = Array.from(text);
  // The characters' places that are reached, and at which position a step was last reached.
  let reached: number[] = [];
  const seen = new Int32Array(steps.length).fill(-1);
  for (let at = 0; at <= points.length; at++) {
    const [before, after] = [points[at - 1] ?? '', points[at] ?? ''];
    const open = reached;
    reached = [];
    if (at === 0 || !whole) open.push(0);
    while (open.length > 0) {
      const place = open.pop() ?? 0;
      if (seen[place] === at) continue;
      seen[place] = at;
      const step = steps[place];
      if (step === undefined) continue;
      if (step.type === 'found') {
        if (!whole || at === points.length) return true;
      } else if (step.type === 'split') open.push(...step.to);
      else if (step.type === 'place') {
        if (step.fits(before, after)) open.push(place + 1);
      } else if (after !== '' && step.test(after)) reached.push(place + 1);
    }
    if (whole && reached.length === 0) return false;
  }
  return false;
}
