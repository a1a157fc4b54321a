/** What to keep in mind beside the verdict on written answers: few rows, answers cut off, repeating, other measures. */
import { normalisedAnswer } from '../../metrics/answers/exact-match';
import { fixed, formatAmount, formatCount, formatPercent } from '../../words/numbers';
import { TELLTALES } from '../verdict/judgement';
import { FEWEST_ROWS, type Figures, range } from './judgement';
import { WAY_WORDS } from './ways';

/** From so many independent rows on an interval is no longer wide by their number alone. */
const ENOUGH_ROWS = 30;
/** Training on fewer rows than this mostly teaches them by heart. */
const FEW_TRAINING_ROWS = 30;
/** So much lower the loss of the training rows is a sign that they are known by heart. */
const BY_HEART = 0.4;
/** From this share of rows on the same answers are worth a word. */
const MANY = 0.5;

export function notes(report: Figures): string[] {
  const { missing } = report;
  return [
    ...(missing.length > 0 ? [`This report is partial. Missing: ${missing.join(', ')}.`] : []),
    ...rowNotes(report),
    ...cutNotes(report),
    ...repeatNotes(report),
    ...measureNotes(report),
    ...sameNotes(report),
    ...dataNotes(report),
  ];
}

function rowNotes({ evaluation, dataset }: Figures): string[] {
  const { independent_rows: rows, rows: all, k } = evaluation;
  const found: string[] = [];
  if (rows >= FEWEST_ROWS && rows < ENOUGH_ROWS) {
    found.push(
      `${formatAmount(rows, 'row')} held out ${rows === 1 ? 'gives' : 'give'} a wide interval; more rows would narrow it.`,
    );
  }
  if (rows < all) {
    found.push(`Of the ${formatCount(all)} held-out rows some belong together: intervals count ${formatCount(rows)}.`);
  }
  if (dataset.training_rows < FEW_TRAINING_ROWS) {
    found.push(
      `Trained on ${formatAmount(dataset.training_rows, 'row')}: the model learns those by heart, not what they have in common.`,
    );
  }
  if (k > 1)
    found.push('Each row was answered by the model of a fold that had not seen it; the model that is kept is another.');
  return found;
}

/** Answers that ran to the limit are judged as they stand. */
function cutNotes({ generation, evaluation }: Figures): string[] {
  const { tuned, base, few_shot, decoding } = generation;
  const limit = formatAmount(decoding.max_new_tokens, 'token');
  const own = tuned?.cut ?? 0;
  const found =
    own === 0
      ? []
      : [
          `${formatCount(own)} of ${formatCount(evaluation.rows)} tuned answers ran to the limit of ${limit}: they are judged as they stand.`,
        ];
  const others = Math.max(base?.cut ?? 0, few_shot?.cut ?? 0);
  if (others > own && others >= MANY * evaluation.rows) {
    found.push(
      `Without training up to ${formatCount(others)} answers ran to that limit of ${limit}: part of the gain is knowing when to stop.`,
    );
  }
  return found;
}

function repeatNotes({ generation, evaluation }: Figures): string[] {
  const { repeats, tuned } = generation;
  const found: string[] = [];
  if (repeats.misplaced > 0) {
    const share = repeats.misplaced / repeats.rows;
    const much = share >= 0.2 ? 'It repeats much: ' : '';
    found.push(
      `${much}${formatCount(repeats.misplaced)} of ${formatAmount(repeats.rows, 'tuned answer')} ${repeats.misplaced === 1 ? 'stands' : 'stand'} word for word in the training rows though another was wanted.`,
    );
  }
  const [fold] = evaluation.folds;
  const last = fold?.last_train_loss ?? null;
  if (tuned?.loss && last !== null && last < BY_HEART * tuned.loss) {
    found.push(
      `The loss of the training rows ended at ${fixed(last, 2)}, that of held-out rows is ${fixed(tuned.loss, 2)}: much was learned by heart.`,
    );
  }
  return found;
}

/** Other measures that say the opposite. */
function measureNotes({ generation }: Figures): string[] {
  const { best_untrained: best, gains, examples } = generation;
  const gain = best && gains[best];
  if (!gain || best === null) return [];
  const name = WAY_WORDS[best].name(examples);
  const direction = Math.sign(gain.chrf.difference);
  const found: string[] = [];
  const { exact_match: exact, loss } = gain;
  if (exact.ci95 && direction !== 0 && opposite(exact.ci95, direction)) {
    found.push(
      `By exact match it is the other way round: ${pointsOf(exact.difference)} against ${name}, 95 % interval ${range(exact.ci95[0] * 100, exact.ci95[1] * 100)}.`,
    );
  }
  if (loss?.ci95 && direction !== 0 && opposite([-loss.ci95[1], -loss.ci95[0]], direction)) {
    found.push(
      `By the loss of the wanted answers it is the other way round: ${fixed(generation.tuned?.loss ?? 0, 2)} after training.`,
    );
  }
  return found;
}

const opposite = ([low, high]: [number, number], direction: number): boolean => (direction > 0 ? high < 0 : low > 0);

const pointsOf = (difference: number): string => `${fixed(difference * 100, 1)} points`;

/** Answers that are all alike, wanted or given. */
function sameNotes({ generation, evaluation }: Figures): string[] {
  const { samples } = generation;
  if (samples.length < 2) return [];
  const wanted = new Set(samples.map((sample) => normalisedAnswer(sample.wanted)));
  const given = new Set(samples.map(({ answers }) => normalisedAnswer(answers.tuned?.text ?? '')));
  if (wanted.size === 1) return ['All wanted answers are the same: whatever always says that is right.'];
  const found: string[] = [];
  if (given.size === 1) found.push('The tuned model gives the same answer to every question.');
  const alike = samples.filter(
    ({ answers: { base, tuned } }) => base && tuned && base.text.trim() === tuned.text.trim(),
  );
  if (alike.length >= MANY * samples.length) {
    found.push(
      `To ${formatCount(alike.length)} of ${formatCount(evaluation.rows)} questions base and tuned give the very same answer.`,
    );
  }
  return found;
}

function dataNotes({ dataset, generation }: Figures): string[] {
  const found = (dataset.findings ?? [])
    .filter(({ id }) => TELLTALES.has(id))
    .map(
      ({ title }) =>
        `Found before training: ${title.replace(/[.\s]+$/, '')}. That makes every score here better than it is.`,
    );
  const repeated = generation.repeats.wanted_exactly / Math.max(1, generation.repeats.rows);
  if (repeated >= MANY) {
    found.push(
      `${formatPercent(repeated, 0)} of the wanted answers stand in the training rows: choosing among those is most of the task.`,
    );
  }
  return found;
}
