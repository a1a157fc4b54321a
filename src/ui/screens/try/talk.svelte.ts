/**
 * A talk with a model as it came and tuned, side by side: both are asked the same with the same seed, and each goes on from
 * its own earlier answers.
 */
import { toErrorData } from '../../../core/errors';
import type { ChatAnswer, ChatAnswers, ChatQuestion, ChatWay } from '../../../core/run/chat';
import type { Decoding } from '../../../core/run/generation-outcome';
import type { ChatMessage } from '../../../core/text/conversation';

export const CHAT_WAYS: readonly ChatWay[] = ['base', 'tuned'];

/** Asks; `onText` hears what is written as it comes, piece by piece. */
export type AskChat = (
  question: ChatQuestion,
  options: { signal: AbortSignal; onText: (way: ChatWay, text: string) => void },
) => Promise<ChatAnswers>;

export interface TalkAnswer {
  text: string;
  state: 'waiting' | 'writing' | 'done';
  /** What was counted of it; null while it is written, and where it was stopped before it began. */
  told: ChatAnswer | null;
}

export interface Turn {
  question: string;
  answers: Record<ChatWay, TalkAnswer>;
  /** Milliseconds until the first words were there; null before. */
  firstMs: number | null;
}

export class Talk {
  readonly #runId: string;
  readonly #ask: AskChat;
  readonly #elapsed: () => number;
  readonly #usual: Decoding;
  #turns: Turn[] = $state([]);
  #fault: string | null = $state(null);
  #stop: AbortController | null = $state.raw(null);
  /** Said before everything else; empty is none. */
  system = $state('');
  decoding: Decoding = $state({
    maxNewTokens: 0,
    temperature: 0,
    topK: 0,
    topP: 1,
    minP: 0,
    repetitionPenalty: 1,
    seed: 0,
  });

  /** `usual`: how the answers of the report were written. */
  constructor(runId: string, ask: AskChat, usual: Decoding, elapsed: () => number = () => performance.now()) {
    this.#runId = runId;
    this.#ask = ask;
    this.#usual = usual;
    this.#elapsed = elapsed;
    this.decoding = { ...usual };
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  /** Why there is no answer, in words. */
  get fault(): string | null {
    return this.#fault;
  }

  get writing(): boolean {
    return this.#stop !== null;
  }

  /** Tokens of the talk as the tuned model has it, the last answer included; null before the first answer. */
  get tokens(): number | null {
    const told = this.#turns.at(-1)?.answers.tuned.told;
    return told ? told.promptTokens + told.tokens : null;
  }

  asUsual(): void {
    this.decoding = { ...this.#usual };
  }

  /** Asks both; nothing while they write, and for an empty question. */
  async send(question: string): Promise<void> {
    if (this.writing || question.trim() === '') return;
    const empty = (): TalkAnswer => ({ text: '', state: 'waiting', told: null });
    this.#turns.push({ question, answers: { base: empty(), tuned: empty() }, firstMs: null });
    await this.#answer(CHAT_WAYS, this.decoding.seed);
  }

  /** Has one of them answer the last question once more, by another seed. */
  async again(way: ChatWay): Promise<void> {
    const turn = this.#turns.at(-1);
    if (this.writing || !turn) return;
    turn.answers[way] = { text: '', state: 'waiting', told: null };
    this.decoding.seed = (this.decoding.seed + 1) % 2 ** 31;
    await this.#answer([way], this.decoding.seed);
  }

  /** What was written until now stays. */
  stop(): void {
    this.#stop?.abort();
  }

  /** Begins anew; system message and settings stay. */
  clear(): void {
    this.stop();
    this.#turns = [];
    this.#fault = null;
  }

  /** What stands before an answer of a way: system message, earlier turns, the question. */
  messagesBefore(way: ChatWay, turn: number): ChatMessage[] {
    const system = this.system.trim();
    const earlier = this.#turns.slice(0, turn).flatMap(({ question, answers }): ChatMessage[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: answers[way].text },
    ]);
    return [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...earlier,
      { role: 'user', content: this.#turns[turn]?.question ?? '' },
    ];
  }

  async #answer(ways: readonly ChatWay[], seed: number): Promise<void> {
    const last = this.#turns.length - 1;
    const turn = this.#turns[last];
    if (!turn) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#fault = null;
    const conversations = {
      base: { messages: this.messagesBefore('base', last) },
      tuned: { messages: this.messagesBefore('tuned', last) },
    };
    const askedAt = this.#elapsed();
    const onText = (way: ChatWay, text: string): void => {
      const answer = turn.answers[way];
      turn.firstMs ??= this.#elapsed() - askedAt;
      answer.text += text;
      answer.state = 'writing';
    };
    try {
      const question = { runId: this.#runId, conversations, ways, decoding: { ...this.decoding, seed }, stop: [] };
      const answers = await this.#ask(question, { signal: stop.signal, onText });
      for (const way of ways) {
        const told = answers[way];
        if (told) turn.answers[way] = { text: told.text, state: 'done', told };
      }
    } catch (error) {
      // Stopped is no fault: what there is stays.
      if (!stop.signal.aborted) {
        this.#fault = toErrorData(error).message;
        // A question without any answer is asked again, not kept.
        if (CHAT_WAYS.every((way) => turn.answers[way].text === '')) this.#turns.pop();
      }
    }
    for (const way of ways) turn.answers[way].state = 'done';
    if (this.#stop === stop) this.#stop = null;
  }
}
