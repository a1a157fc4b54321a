/** The tokenizer of SmolLM2-135M-Instruct, read from its folder. */
import { readFileSync } from 'node:fs';
import { parseManifest } from '../../src/core/models/manifest';
import { bpeTokenizer } from '../../src/core/text/bpe';
import { type ChatTemplate, chatTemplate } from '../../src/core/text/chat-template';
import type { ChatReader } from '../../src/core/text/examples';
import type { TextTokenizer } from '../../src/core/text/text-tokenizer';

const FOLDER = 'public/models/SmolLM2-135M-Instruct';

/** Its tokenizer.json, parsed. */
export function smolLm2Json(): Record<string, unknown> {
  return JSON.parse(readFileSync(`${FOLDER}/tokenizer.json`, 'utf8')) as Record<string, unknown>;
}

/** What its manifest says of the tokenizer. */
export const smolLm2Tokens = parseManifest(readFileSync(`${FOLDER}/manifest.json`, 'utf8')).tokenizer;

export function smolLm2Tokenizer(): TextTokenizer {
  return bpeTokenizer(smolLm2Json(), smolLm2Tokens);
}

/** Its chat template, as its manifest has it. */
export function smolLm2Template(): ChatTemplate {
  const { controlTokens } = smolLm2Tokenizer();
  return chatTemplate(smolLm2Tokens.chatTemplate ?? '', { ...smolLm2Tokens, controlTokens });
}

/** Both. */
export function smolLm2Reader(): ChatReader {
  return { tokenizer: smolLm2Tokenizer(), template: smolLm2Template() };
}
