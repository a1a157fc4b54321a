/** Shows what a model that writes learns of a row: the conversation as it reads it, token by token. */
import { conversationOf } from '../core/data/conversations';
import type { Row } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { type ChatReader, encodeExample, type GenerationExample } from '../core/text/examples';
import { tokenRuns, type TokenView } from '../core/text/token-view';
import { getDataset } from '../storage/datasets';
import { demandVersion, getRowsAt, rowChunks } from '../storage/rows';
import type { KeepPorts } from './keep-model';
import type { DataCommand } from './protocol';
import { loadChatReader } from './tokenizer-files';

type Question = Extract<DataCommand, { type: 'view-tokens' }>;
type Ports = Pick<KeepPorts, 'database' | 'modelFiles'>;

export class TokenViewJob {
  readonly #ports: Ports;
  /** Of the model that was asked for last: the next row is shown at once. */
  #reader: { modelId: string; chat: ChatReader } | null = null;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /**
   * One row by its place; without one the first that is cut off, else the first of all. Throws `not-found` where the
   * version or the row is gone, and `cancelled`.
   */
  async view(question: Question, signal: AbortSignal): Promise<TokenView> {
    const { datasetId, version: number, modelId, maxLength, at } = question;
    const { database } = this.#ports;
    const dataset = await getDataset(database, datasetId);
    if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
    const { rowCount } = demandVersion(dataset, number);
    const chat = await this.#open(modelId, signal);
    const encode = (row: Row): GenerationExample => encodeExample(chat, conversationOf(row), maxLength);
    if (at === null) {
      let before = 0;
      for await (const { rows } of rowChunks(database, dataset, number)) {
        for (const [i, row] of rows.entries()) {
          if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
          const example = encode(row);
          if (example.cut > 0) return viewOf(example, { at: before + i, rows: rowCount, line: row.line });
        }
        before += rows.length;
      }
    }
    const [found] = await getRowsAt(database, dataset, number, [at ?? 0]);
    if (!found) throw new AppError('not-found', 'There is no such row in this version.');
    return viewOf(encode(found.row), { at: at ?? 0, rows: rowCount, line: found.row.line });
  }

  async #open(modelId: string, signal: AbortSignal): Promise<ChatReader> {
    if (this.#reader?.modelId !== modelId) {
      this.#reader = { modelId, chat: await loadChatReader(this.#ports.modelFiles(modelId), signal) };
    }
    return this.#reader.chat;
  }
}

function viewOf(example: GenerationExample, of: Pick<TokenView, 'at' | 'rows' | 'line'>): TokenView {
  const trained = example.trained.reduce((sum, one) => sum + one, 0);
  const { cut, cutTrained, ids } = example;
  return { ...of, runs: tokenRuns(example), trained, context: ids.length - trained, cut, cutTrained };
}
