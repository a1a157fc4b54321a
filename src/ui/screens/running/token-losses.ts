/** What each token of a wanted answer costs the model, before training and after a pass, for the eye. Pure. */
import type { Probes } from '../../../core/run/probes';
import { isControlToken, signWords } from '../../token-signs';
import { fixed, formatCount, formatPercent } from '../../../core/words/numbers';
import { lookName, newestLooks } from './probe-table';

export interface ShownToken {
  text: string;
  /** A control token, shown as a small sign. */
  sign: boolean;
  /** 0 for what the model takes for likely, 3 for what it would hardly have written. */
  surprise: 0 | 1 | 2 | 3;
  /** «Probability 12 %, loss 2.12». */
  words: string;
}

export interface TokenLook {
  epoch: number;
  /** «Before», «Pass 2». */
  name: string;
  tokens: ShownToken[];
  /** «loss 2.34 a token, 3 of 18 likely». */
  summary: string;
}

/** Probabilities below which a token is more of a surprise. */
export const SURPRISES = [0.5, 0.1, 0.01] as const;

/** The looks of the newest training at its shown answer, in their order; empty where none is shown. */
export function tokenLooks({ shown, answers }: Probes): TokenLook[] {
  if (shown === undefined) return [];
  return newestLooks(answers).flatMap(({ epoch, nll }) => {
    if (nll === undefined || nll.length !== shown.pieces.length) return [];
    const tokens = nll.map((loss, i): ShownToken => {
      const p = Math.exp(-loss);
      const [likely, doubtful, hardly] = SURPRISES;
      const surprise = p >= likely ? 0 : p >= doubtful ? 1 : p >= hardly ? 2 : 3;
      const words = `Probability ${p < 0.001 ? 'under 0.1 %' : formatPercent(p)}, loss ${fixed(loss, 2)}`;
      const text = shown.pieces[i] ?? '';
      return { text: isControlToken(text) ? signWords(text) : text, sign: isControlToken(text), surprise, words };
    });
    const mean = nll.reduce((sum, loss) => sum + loss, 0) / Math.max(1, nll.length);
    const likely = tokens.filter(({ surprise }) => surprise === 0).length;
    const summary = `loss ${fixed(mean, 2)} a token, ${formatCount(likely)} of ${formatCount(tokens.length)} likely`;
    return [{ epoch, name: lookName(epoch), tokens, summary }];
  });
}
