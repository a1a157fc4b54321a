/** What a decoder reads and writes chats with, from its files: tokenizer and template. */
import { AppError } from '../errors';
import type { ModelManifest } from '../models/manifest';
import { chatTemplate, PLAIN_TEMPLATE } from './chat-template';
import type { ChatReader } from './examples';
import { isTextTokenizer } from './text-tokenizer';
import { createTokenizer } from './tokenizer';

/** From the `tokenizer` of a manifest and the parsed tokenizer.json. Throws `model-damaged` and `model-unsupported`. */
export function chatReaderOf(
  { chatTemplate: source = PLAIN_TEMPLATE, bosToken, eosToken, endIds }: ModelManifest['tokenizer'],
  tokenizerJson: unknown,
): ChatReader {
  const tokenizer = createTokenizer(tokenizerJson, '', endIds ? { endIds } : {});
  if (!isTextTokenizer(tokenizer)) {
    throw new AppError(
      'model-unsupported',
      'The model has a tokenizer that gives no text back: it cannot write answers.',
    );
  }
  const { controlTokens } = tokenizer;
  return { tokenizer, template: chatTemplate(source, { bosToken, eosToken, controlTokens }) };
}
