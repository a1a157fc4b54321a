/** Talks with models that write, in the worker that answers: it works while another run trains. */
import type { ChatAnswers, ChatQuestion, ChatWay } from '../core/run/chat';
import type { Backend } from '../core/settings/settings';
import type { ChatMessage } from '../core/text/conversation';
import type { Changes } from '../storage/changes';
import type { DataClient } from '../worker/data-client';
import type { Datasets } from './datasets.svelte';
import type { Device } from './device.svelte';

/** What answers; a training client does. */
export interface ChatClient {
  chat(
    question: ChatQuestion,
    backend: Backend,
    options: { signal: AbortSignal; onText: (way: ChatWay, text: string) => void },
  ): Promise<ChatAnswers>;
}

export class Chats {
  readonly #client: ChatClient;
  readonly #device: Pick<Device, 'backend'>;
  readonly #data: Pick<DataClient, 'addRow'>;
  readonly #datasets: Pick<Datasets, 'put'>;
  readonly #changes: Pick<Changes, 'announce'>;

  constructor(
    client: ChatClient,
    device: Pick<Device, 'backend'>,
    data: Pick<DataClient, 'addRow'>,
    datasets: Pick<Datasets, 'put'>,
    changes: Pick<Changes, 'announce'>,
  ) {
    this.#client = client;
    this.#device = device;
    this.#data = data;
    this.#datasets = datasets;
    this.#changes = changes;
  }

  /** Keeps what a model should have said as a row of its data set, in a new version. */
  async correct(datasetId: string, messages: ChatMessage[], answer: string): Promise<void> {
    this.#datasets.put(await this.#data.addRow({ datasetId, messages, answer }));
    this.#changes.announce('datasets');
  }

  /** Asks; `onText` hears what each way writes, piece by piece. Stopped, it resolves with what there is. */
  ask(
    question: ChatQuestion,
    options: { signal: AbortSignal; onText: (way: ChatWay, text: string) => void },
  ): Promise<ChatAnswers> {
    return this.#client.chat(question, this.#device.backend, options);
  }
}
