/** The worker that reads rows for the page. Questions are answered side by side: a search does not hold up the table. */
import { AppError, toErrorData } from '../core/errors';
import { openDatabase } from '../storage/database';
import { demandVersion } from './protocol';
import { RowsJob } from './rows-job';
import { answerTexts } from './texts-job';
import type { RowsCommand, RowsEvent } from './rows-protocol';

type Question = Exclude<RowsCommand, { type: 'open' | 'cancel-request' }>;

let job: Promise<RowsJob> | null = null;
const open = new Map<string, AbortController>();

addEventListener('message', ({ data }: MessageEvent<RowsCommand>) => {
  switch (data.type) {
    case 'open':
      job = openFor(data.version);
      // Whoever asks next is told; nobody asking is no fault.
      job.catch(() => undefined);
      break;
    case 'cancel-request':
      open.get(data.requestId)?.abort();
      break;
    case 'count':
    case 'window':
    case 'row':
    case 'finding-lines':
    case 'token-tally':
    case 'export':
    case 'texts':
      void answer(data);
      break;
    default:
      data satisfies never;
  }
});

async function openFor(version: number): Promise<RowsJob> {
  demandVersion(version);
  return new RowsJob(await openDatabase());
}

async function answer(question: Question): Promise<void> {
  const { requestId } = question;
  const controller = new AbortController();
  open.set(requestId, controller);
  try {
    if (job === null) throw new AppError('internal', 'The worker was not opened.');
    post(
      question.type === 'texts'
        ? await answerTexts(question, controller.signal)
        : await (await job).answer(question, controller.signal),
    );
  } catch (error) {
    post({ type: 'failed', requestId, error: toErrorData(error) });
  } finally {
    open.delete(requestId);
  }
}

function post(event: RowsEvent): void {
  postMessage(event, event.type === 'lines' ? [event.lines.buffer] : []);
}
