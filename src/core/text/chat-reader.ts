/** What a decoder reads and writes chats with, from its files: tokenizer and template. */
import { AppError } from '../errors';
import type { ModelManifest } from '../models/manifest';
import { chatTemplate, PLAIN_TEMPLATE } from './chat-template';
import type { ChatReader } from './examples';
import { isTextTokenizer, type TextTokenizer } from './text-tokenizer';
import { createTokenizer } from './tokenizer';

type TokenizerEntry = Pick<ModelManifest['tokenizer'], 'chatTemplate' | 'bosToken' | 'eosToken' | 'endIds'>;

/** From the `tokenizer` of a manifest and the parsed tokenizer.json. Throws `model-damaged` and `model-unsupported`. */
export function chatReaderOf(entry: TokenizerEntry, tokenizerJson: unknown): ChatReader {
  const tokenizer = createTokenizer(tokenizerJson, '', { endIds: entry.endIds });
  if (isTextTokenizer(tokenizer)) return chatReaderWith(entry, tokenizer);
  throw new AppError(
    'model-unsupported',
    'The model has a tokenizer that gives no text back: it cannot write answers.',
  );
}

/** The same with the tokenizer made already. Throws `model-unsupported` for a template that cannot be used. */
export function chatReaderWith(
  { chatTemplate: source = PLAIN_TEMPLATE, bosToken, eosToken }: TokenizerEntry,
  tokenizer: TextTokenizer,
): ChatReader {
  const { controlTokens } = tokenizer;
  return { tokenizer, template: chatTemplate(source, { bosToken, eosToken, controlTokens }) };
}
