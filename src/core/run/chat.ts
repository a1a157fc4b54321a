/** A talk with the model of a run of written answers, as it came and tuned, side by side. Plain values. */
import type { Conversation } from '../text/conversation';
import type { Decoding } from './generation-outcome';

/** Who answers. */
export type ChatWay = 'base' | 'tuned';

export interface ChatQuestion {
  runId: string;
  /** Ends with what is asked. Its earlier answers are those that each way gave, where they differ. */
  conversations: Record<ChatWay, Conversation>;
  ways: readonly ChatWay[];
  decoding: Decoding;
  /** Texts that end an answer besides the model's own end. */
  stop: readonly string[];
}

export interface ChatAnswer {
  text: string;
  /** Tokens that were written, and those that were read before. */
  tokens: number;
  promptTokens: number;
  /** Why it ended: the model's end or a stop text, the limit, the end of the context, or the person. */
  ended: 'end' | 'limit' | 'context' | 'stopped';
  tokensPerSecond: number;
}

export type ChatAnswers = Partial<Record<ChatWay, ChatAnswer>>;
