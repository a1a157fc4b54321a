/** Conversations as a decoder learns and continues them: token ids, and which of them are learned. */
import { type ChatPiece, type ChatTemplate, renderChat } from './chat-template';
import { answerPlace, type ChatMessage, type Conversation } from './conversation';
import type { TextTokenizer } from './text-tokenizer';

/** What a decoder reads chats with. */
export interface ChatReader {
  tokenizer: TextTokenizer;
  template: ChatTemplate;
}

export interface GenerationExample {
  /** [token] cut to the longest that was asked for. */
  ids: Int32Array;
  /** [token] 1 = it is learned: loss is taken on its prediction. */
  trained: Uint8Array;
  /** [token] the characters of `text` that it stands for, from … to before …. */
  starts: Int32Array;
  ends: Int32Array;
  /** The conversation as the template writes it. */
  text: string;
  /** Tokens that were cut off at the end. */
  cut: number;
  /** Of these, how many would have been learned. */
  cutTrained: number;
}

/** A conversation to learn from, cut to `maxLength` tokens. */
export function encodeExample(
  { tokenizer, template }: ChatReader,
  conversation: Conversation,
  maxLength = Infinity,
): GenerationExample {
  const whole = encodePieces(tokenizer, renderChat(template, conversation));
  const { ids, trained, starts, ends, text } = whole;
  const kept = Math.min(ids.length, maxLength);
  return {
    ids: ids.slice(0, kept),
    trained: trained.slice(0, kept),
    starts: starts.slice(0, kept),
    ends: ends.slice(0, kept),
    text,
    cut: ids.length - kept,
    cutTrained: trained.subarray(kept).reduce((sum, one) => sum + one, 0),
  };
}

/** The ids after which the model answers: what was said, and the words that ask for an answer. */
export function encodePrompt({ tokenizer, template }: ChatReader, conversation: Conversation): Int32Array {
  return encodePieces(tokenizer, renderChat(template, conversation, { generationPrompt: true })).ids;
}

/** A conversation up to the answer that is judged, and that answer: what a model is asked, what it should say. */
export function splitLastAnswer({ messages, ...rest }: Conversation): {
  asked: Conversation;
  answer: ChatMessage | null;
} {
  const last = answerPlace(messages);
  if (last < 0) return { asked: { messages, ...rest }, answer: null };
  return { asked: { messages: messages.slice(0, last), ...rest }, answer: messages[last] ?? null };
}

type Encoded = Pick<GenerationExample, 'ids' | 'trained' | 'starts' | 'ends' | 'text'>;

/** Words between control tokens are read together, but never across the start of what is learned: the prompt ends there. */
function encodePieces(tokenizer: TextTokenizer, pieces: readonly ChatPiece[]): Encoded {
  const ids: number[] = [];
  const trained: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (const piece of pieces) {
    const normal = tokenizer.normalize(piece.text);
    const spans = tokenizer.spans(normal, { control: piece.control });
    for (const [i, id] of spans.ids.entries()) {
      ids.push(id);
      trained.push(piece.trained ? 1 : 0);
      starts.push(text.length + (spans.starts[i] ?? 0));
      ends.push(text.length + (spans.ends[i] ?? 0));
    }
    text += normal;
  }
  return {
    ids: Int32Array.from(ids),
    trained: Uint8Array.from(trained),
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
    text,
  };
}
