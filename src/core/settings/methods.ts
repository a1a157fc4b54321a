/**
 * The ways to train, once: what each is called, in plain words and in the field's.
 * To add a method: its id in `Method` (settings.ts), a line here, its folder file in engine/train, its settings' `methods`.
 */
import type { BaselineId, Method, SettingFacts } from './settings';

export interface MethodDefinition {
  id: Method;
  title: string;
  /** What a practitioner calls it. */
  technicalName: string;
  description: string;
  /** The baseline that its answers are compared with first. */
  opponent: BaselineId;
  /** The baseline that it is itself, which then is neither fitted nor stored twice. */
  baseline: BaselineId | null;
}

export const METHODS: readonly MethodDefinition[] = [
  {
    id: 'features',
    title: 'Features only',
    technicalName: 'frozen encoder, logistic regression',
    description: 'Keep the model as it came; learn a classifier on what it sees.',
    opponent: 'tfidf_logistic_regression',
    baseline: 'features_only',
  },
  {
    id: 'few-examples',
    title: 'Few examples',
    technicalName: 'contrastive tuning, as in SetFit',
    description:
      'Teach the model which rows belong together, then learn a classifier. For a handful of rows per label.',
    opponent: 'features_only',
    baseline: null,
  },
  {
    id: 'top-layers',
    title: 'Top layers',
    technicalName: 'fine-tuning of the last layers',
    description: 'Also adjust the last layers of the model. Much of the gain for part of the time.',
    opponent: 'features_only',
    baseline: null,
  },
  {
    id: 'full',
    title: 'Everything',
    technicalName: 'full fine-tuning',
    description: 'Adjust every layer. Takes longest, and pays with many rows.',
    opponent: 'features_only',
    baseline: null,
  },
];

/** The registry line of a method. */
export function methodDefinition(id: Method): MethodDefinition {
  const found = METHODS.find((method) => method.id === id);
  if (!found) throw new RangeError(`No method ${id}`);
  return found;
}

/** Contrastive pairs win below this many rows per label. */
const FEW_ROWS_PER_LABEL = 32;
/** From here on training every layer has enough rows to learn from. */
const MANY_ROWS = 2000;

/** Up to this many rows pairs are a matter of minutes on the processor too. */
const QUICK_ROWS = 500;

/** The method to offer first, and why: few rows want pairs, the processor is slow, many rows carry full training. */
export function suggestMethod(facts: SettingFacts): { method: Method; why: string } {
  const onProcessor = facts.backend === 'wasm';
  const perLabel = facts.rows / Math.max(1, facts.labels);
  if (perLabel < FEW_ROWS_PER_LABEL && (!onProcessor || facts.rows <= QUICK_ROWS)) {
    const why = `About ${Math.round(perLabel)} rows per label: pairs make the most of them.`;
    return { method: 'few-examples', why: onProcessor ? `${why} On the processor it takes minutes.` : why };
  }
  if (onProcessor) return { method: 'features', why: 'On the processor this is the one that is quick.' };
  if (facts.rows < MANY_ROWS) {
    return { method: 'top-layers', why: 'Enough rows to adjust the last layers, not enough to need them all.' };
  }
  return { method: 'full', why: 'Enough rows to adjust every layer.' };
}
