/** A model's tokenizer by itself, from its files: texts can be read with it before any of its weights are here. */
import { AppError } from '../core/errors';
import { parseManifest } from '../core/models/manifest';
import { chatReaderWith } from '../core/text/chat-reader';
import type { ChatReader } from '../core/text/examples';
import { isTextTokenizer } from '../core/text/text-tokenizer';
import { createTokenizer, type Tokenizer } from '../core/text/tokenizer';

/** Where files of a model are had from. */
export interface TokenizerFiles {
  read(file: string, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface TextReaders {
  tokenizer: Tokenizer;
  /** Of a decoder: how it reads chats. */
  chat: ChatReader | null;
}

/** Not held by who asks: a tokenizer of many languages takes a hundred megabytes. */
export async function loadReader(files: TokenizerFiles, signal?: AbortSignal): Promise<TextReaders> {
  const decoder = new TextDecoder();
  const { tokenizer: entry } = parseManifest(decoder.decode(await files.read('manifest.json', signal)));
  const json: unknown = JSON.parse(decoder.decode(await files.read(entry.file, signal)));
  const tokenizer = createTokenizer(json, entry.prompt, { endIds: entry.endIds });
  if (!isTextTokenizer(tokenizer)) return { tokenizer, chat: null };
  return { tokenizer, chat: chatReaderWith(entry, tokenizer) };
}

/** How a decoder reads chats; throws `internal` for a model that reads none. */
export async function loadChatReader(files: TokenizerFiles, signal?: AbortSignal): Promise<ChatReader> {
  const { chat } = await loadReader(files, signal);
  if (chat === null) throw new AppError('internal', 'This model reads no chats.');
  return chat;
}
