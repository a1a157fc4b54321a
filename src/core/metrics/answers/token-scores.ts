/** What wanted answers cost a model: loss, perplexity and token accuracy, over all scored tokens together. */

/** Sums over the scored tokens of one answer or of many. */
export interface TokenSums {
  /** Sum of −ln p. */
  nll: number;
  tokens: number;
  /** Tokens that were the first choice. */
  right: number;
}

export interface TokenScores {
  /** Mean −ln p of a token: what training lowers. */
  loss: number;
  /** e to the loss: among how many equally likely tokens the model seems to choose. */
  perplexity: number;
  token_accuracy: number;
}

/** The scores of sums; null where no token was scored. */
export function tokenScores({ nll, tokens, right }: TokenSums): TokenScores | null {
  if (tokens === 0) return null;
  const loss = nll / tokens;
  return { loss, perplexity: Math.exp(loss), token_accuracy: right / tokens };
}
