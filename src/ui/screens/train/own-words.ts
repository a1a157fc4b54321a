/** What is said of a model that a person brings along. Pure. */
import type { TaskKind } from '../../../core/models/card';
import type { ModelCheck } from '../../../core/models/model-check';
import type { OwnSummary } from '../../../core/models/own-summary';
import { formatAmount, formatBytes, formatCount } from '../../../core/words/numbers';
import type { Incoming } from '../../../state/own-models.svelte';
import { ofBytes } from '../../model-words';
import { shortCount } from './cost';
import { type CardLine, languagesOfModel, NOT_SAID } from './encoder-words';

const KINDS: Readonly<Record<string, string>> = {
  llama: 'Llama',
  qwen2: 'Qwen2',
  qwen3: 'Qwen3',
  bert: 'BERT',
  'xlm-roberta': 'XLM-RoBERTa',
};

/** What it is, before it is kept. */
export function summaryLines(summary: OwnSummary): CardLine[] {
  const { architecture, parameters, bytes, deviceBytes, dtypes, maxTokens, vocabSize, licence, languages } = summary;
  const writes = summary.task === 'decoder';
  const lines: CardLine[] = [
    { name: 'For', words: writes ? 'writing: prompt to answer, chat' : 'reading: labels' },
    { name: 'Kind', words: `${KINDS[architecture] ?? architecture}, ${dtypes.join(', ')}` },
    { name: 'Languages', words: languagesOfModel(languages, null) },
    { name: 'Size', words: `${shortCount(parameters)} values, ${formatBytes(bytes)} in this browser` },
    { name: 'Memory', words: `${formatBytes(deviceBytes)} to hold it; more while it trains` },
    { name: 'Licence', words: licence ?? NOT_SAID },
    {
      name: 'Tokens',
      words: `knows ${formatCount(vocabSize)}, up to ${formatCount(maxTokens)} of a ${writes ? 'conversation' : 'text'}`,
    },
  ];
  if (summary.hasTemplate !== null) {
    const words = summary.hasTemplate
      ? 'in its own template'
      : 'no template: what is said stands on a line each, an end token behind each answer';
    lines.push({ name: 'Chats', words });
  }
  if (summary.labels !== null) {
    const labels = formatAmount(summary.labels.length, 'label');
    lines.push({
      name: 'Head',
      words: `its own, ${labels}: under Runs it is tried as it is; here a new one is trained`,
    });
  } else if (summary.noHead !== null) lines.push({ name: 'Head', words: `not used. ${summary.noHead}` });
  if (summary.pooling !== null) {
    const of = summary.pooling === 'mean' ? 'the mean of its tokens' : 'its first token';
    lines.push({ name: 'Vector', words: `of a text, ${of}` });
  }
  return lines;
}

/** What came of the check, as a line of its card; none of a built-in model. */
export function checkLines(check: ModelCheck | null): CardLine[] {
  if (check === null) return [];
  const words =
    check.task === 'decoder'
      ? `perplexity ${perplexityWords(check.perplexity)} on an easy answer${check.plausible ? '' : ', which is guessing'}`
      : `two unlike sentences are ${check.similarity.toFixed(2)} alike, of 1${check.plausible ? '' : ': it cannot tell them apart'}`;
  return [{ name: 'Check', words }];
}

/** What is to be thought of a model that did badly; null where it did not. */
export function doubtWords(check: ModelCheck): { title: string; text: string } | null {
  if (check.plausible) return null;
  if (check.task === 'encoder') {
    return {
      title: 'It takes two unlike sentences for the same',
      text: 'It may have learned nothing, or its files are damaged. Use it if you know why, or take it out.',
    };
  }
  return {
    title: `Perplexity ${perplexityWords(check.perplexity)}: it guesses`,
    text: 'Asked for the capital of France, it does not find the answer likely. It may have learned nothing, know other languages, or be damaged. Use it if you know why, or take it out.',
  };
}

function perplexityWords(perplexity: number): string {
  return perplexity < 10 ? perplexity.toFixed(1) : formatCount(Math.round(perplexity));
}

/** How far it is, in words and as a share; null where nothing is under way. */
export function incomingWords(incoming: Incoming): { words: string; share: number | null } | null {
  switch (incoming.kind) {
    case 'reading':
      return { words: `Looking what «${incoming.title}» is.`, share: null };
    case 'keeping': {
      const { progress } = incoming;
      if (progress === null) return { words: 'Reading its files.', share: null };
      const { doing, bytes, bytesTotal } = progress;
      const words = `${doing === 'reading' ? 'Reading' : 'Keeping'}: ${ofBytes(bytes, bytesTotal)}.`;
      // Both ways through the files are one bar.
      const share = (bytes / Math.max(1, bytesTotal) + (doing === 'keeping' ? 1 : 0)) / 2;
      return { words, share };
    }
    case 'checking':
      return { words: `Asking «${incoming.title}» something easy.`, share: null };
    case 'none':
    case 'found':
    case 'here':
    case 'refused':
      return null;
  }
}

/** Where a model will be offered that is of no use for the rows at hand; null where it is of use. */
export function elsewhereWords({ task }: OwnSummary, here: TaskKind): string | null {
  if ((task === 'decoder') === (here === 'generation')) return null;
  return task === 'decoder'
    ? 'It writes. These rows have labels: it will be offered where answers are written.'
    : 'It reads. These rows have answers to write: it will be offered where labels are told apart.';
}
