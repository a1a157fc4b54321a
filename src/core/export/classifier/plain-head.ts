/**
 * Which of a run's classifiers can be written down: one encoder, the mean of its last layer, one linear layer. All methods that
 * train end in that. *Features only* mostly asks more: several layers or encoders, what lies off the mean, a share of
 * characters. No file format of others has a word for that, so the plain classifier is written instead, which was fitted
 * beside the chosen one on the same rows and the same folds: what it is worth is known.
 */
import { type Head, isOfRecipes, type TrainedModel } from '../../run/trained-model';
import { encoderTitle } from '../../models/encoders';
import { formatAmount, formatPercent } from '../../words/numbers';

/** The head as one linear layer on the mean of that encoder's last layer; null where it is more than that. */
export function linearHead(head: TrainedModel['head'], encoder: string): Head | null {
  if (!isOfRecipes(head)) return head;
  const [part, ...others] = head.parts;
  if (part === undefined || others.length > 0 || head.characters !== null) return null;
  const { recipe, centre, weight, bias } = part;
  if (recipe.encoders.join() !== encoder || recipe.layers > 1 || centre !== null) return null;
  return { weight, bias, normalised: true };
}

/** What no format of others can hold of a head of recipes, in words; empty where nothing. */
export function beyondLinear(head: TrainedModel['head']): string {
  if (!isOfRecipes(head)) return '';
  const { parts, characters } = head;
  const encoders = new Set(parts.flatMap(({ recipe }) => recipe.encoders));
  const has = [
    ...(encoders.size > 1 ? [`${[...encoders].map(encoderTitle).join(' and ')} together`] : []),
    ...(parts.some(({ recipe }) => recipe.layers > 1) ? ['the last three layers'] : []),
    ...(parts.some(({ centre }) => centre !== null) ? ['vectors relative to their mean'] : []),
    ...(characters === null ? [] : [`${formatPercent(characters.share, 0)} character counts`]),
    ...(parts.length > 1 ? [`the mean of ${formatAmount(parts.length, 'classifier')}`] : []),
  ];
  return has.length < 2 ? has.join() : `${has.slice(0, -1).join(', ')} and ${has.at(-1) ?? ''}`;
}
