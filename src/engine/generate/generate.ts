/** Whole answers to prompts: chosen tokens, their text as it comes, and where each answer ends. */
import { AppError } from '../../core/errors';
import { createRandom, deriveSeed } from '../../core/random';
import type { GenerationSettings } from '../../core/text/generation-settings';
import { sampleToken } from '../../core/text/sampling';
import { StopStrings } from '../../core/text/stop-strings';
import type { TextTokenizer } from '../../core/text/text-tokenizer';
import type { TokenStream } from '../../core/text/token-stream';
import type { Decoder } from '../models/decoder';
import { Writer } from './writer';

/** Why an answer ended: its end token, a stop text, the most tokens, or because someone stopped it. */
export type GenerationEnd = 'end' | 'stop' | 'length' | 'cancelled';

export interface Answer {
  /** With the end token where it came. */
  ids: number[];
  /** Without control tokens, up to the stop text. */
  text: string;
  end: GenerationEnd;
}

/** What is new in an answer. */
export interface AnswerToken {
  /** Which prompt's. */
  index: number;
  id: number;
  /** What is certain of the text by now and was not said before; may be empty, or more than this token. */
  text: string;
}

export interface GenerateOptions {
  onToken?: ((token: AnswerToken) => void) | undefined;
  /** Between two tokens: false ends all answers with what there is. */
  turn?: (() => Promise<boolean>) | undefined;
  /** Ends all answers with what there is. */
  signal?: AbortSignal | undefined;
}

/** The parts of a tokenizer that are needed. */
export interface AnswerTokenizer extends Pick<TextTokenizer, 'endIds'> {
  /** Token by token to text. */
  stream(): Pick<TokenStream, 'push' | 'end'>;
}

/**
 * The answers to prompts, which are written side by side and are what each would be alone: all draw the same numbers.
 * Throws `non-finite` where the model gives no numbers.
 */
export async function generate(
  decoder: Decoder,
  tokenizer: AnswerTokenizer,
  prompts: readonly Int32Array[],
  settings: GenerationSettings,
  { onToken, turn, signal }: GenerateOptions = {},
): Promise<Answer[]> {
  const open = prompts.map((prompt, index) => new OpenAnswer(index, prompt, tokenizer, settings));
  if (open.length === 0 || settings.maxNewTokens < 1) return open.map((answer) => answer.close('length'));
  const { writer, logits: first } = await Writer.begin(decoder, prompts, settings.maxNewTokens);
  try {
    for (let logits = first; ;) {
      const ids = Int32Array.from(open, (answer, i) => {
        if (answer.end !== undefined) return answer.lastId;
        const token = answer.take(logits[i] ?? new Float32Array());
        onToken?.(token);
        return token.id;
      });
      if (open.every(({ end }) => end !== undefined)) break;
      if (signal?.aborted || (turn && !(await turn()))) break;
      logits = await writer.next(ids);
    }
    return open.map((answer) => answer.close('cancelled'));
  } finally {
    writer.dispose();
  }
}

class OpenAnswer {
  readonly #index: number;
  readonly #ids: number[] = [];
  readonly #seen: Set<number>;
  readonly #settings: GenerationSettings;
  readonly #endIds: readonly number[];
  readonly #stream: ReturnType<AnswerTokenizer['stream']>;
  readonly #stops: StopStrings;
  readonly #random: () => number;
  #text = '';
  #end: GenerationEnd | undefined;

  constructor(index: number, prompt: Int32Array, tokenizer: AnswerTokenizer, settings: GenerationSettings) {
    this.#index = index;
    this.#seen = new Set(prompt);
    this.#settings = settings;
    this.#endIds = tokenizer.endIds;
    this.#stream = tokenizer.stream();
    this.#stops = new StopStrings(settings.stop);
    this.#random = createRandom(deriveSeed(settings.seed, 'sampling'));
  }

  get end(): GenerationEnd | undefined {
    return this.#end;
  }

  get lastId(): number {
    return this.#ids.at(-1) ?? 0;
  }

  /** The next token, from the logits after those so far. */
  take(logits: Float32Array): AnswerToken {
    const id = sampleToken(logits, this.#seen, this.#settings, this.#random);
    if (!Number.isFinite(logits[id])) throw new AppError('non-finite', 'The model gives no numbers any more.');
    this.#ids.push(id);
    this.#seen.add(id);
    let text = this.#stops.push(this.#stream.push(id));
    if (this.#stops.stopped) this.#end = 'stop';
    else if (this.#endIds.includes(id)) this.#end = 'end';
    else if (this.#ids.length >= this.#settings.maxNewTokens) this.#end = 'length';
    if (this.#end !== undefined) text += this.#rest();
    this.#text += text;
    return { index: this.#index, id, text };
  }

  close(open: GenerationEnd): Answer {
    if (this.#end === undefined) {
      this.#end = open;
      this.#text += this.#rest();
    }
    return { ids: this.#ids, text: this.#text, end: this.#end };
  }

  /** What was held back; it may complete a stop text. */
  #rest(): string {
    return this.#stops.push(this.#stream.end()) + this.#stops.end();
  }
}
