/** README.md of an exported folder: a model card with the YAML head that Hugging Face's site and tools read. */

export interface ModelCardText {
  title: string;
  /** What was trained: its name elsewhere, such as `HuggingFaceTB/SmolLM2-135M-Instruct`. */
  base: string;
  /** SHA-256 of the base's weights as they were read here. */
  baseSha256: string;
  /** In which form the base was read: such as «its 4-bit file, unpacked». */
  baseForm: string;
  /** SPDX identifier; null where none is known. */
  licence: string | null;
  languages: readonly string[];
  /** Figures of the report, in words, a line each. */
  figures: readonly string[];
}

export interface CardUse {
  library: 'peft' | 'transformers' | 'gguf' | 'sentence-transformers' | 'transformers.js';
  tags: readonly string[];
  /** What it does, as Hugging Face's site sorts models. */
  pipeline: 'text-generation' | 'text-classification';
  /** Code that loads the folder. */
  uses: readonly { language: 'python' | 'sh' | 'js'; code: string }[];
  /** It holds what was learned alone; by default the whole model. */
  isAdapter?: boolean;
}

/** The text of the card. */
export function modelCard(card: ModelCardText, { library, tags, pipeline, uses, isAdapter = false }: CardUse): string {
  const { title, base, baseSha256, baseForm, licence, languages, figures } = card;
  const list = (items: readonly string[]): string => items.map((item) => `\n- ${JSON.stringify(item)}`).join('');
  const head = [
    `base_model: ${JSON.stringify(base)}`,
    `base_model_relation: ${isAdapter ? 'adapter' : 'finetune'}`,
    `library_name: ${library}`,
    `pipeline_tag: ${pipeline}`,
    `license: ${licence === null ? 'other' : JSON.stringify(licence.toLowerCase())}`,
    ...(languages.length > 0 ? [`language:${list(languages)}`] : []),
    `tags:${list(tags)}`,
  ];
  const results = figures.map((line) => `- ${line}\n`).join('');
  return (
    `---\n${head.join('\n')}\n---\n\n# ${title}\n\nTrained in the browser with Hone.\n\n## Base model\n\n` +
    `${base}, read as ${baseForm}. SHA-256 of those weights: \`${baseSha256}\`.\n` +
    (isAdapter
      ? 'On values that were read otherwise the adapter answers nearly the same, not to the last digit.\n\n'
      : '\n') +
    (results === '' ? '' : `## Results\n\n${results}\n`) +
    `## Use\n${uses.map(({ language, code }) => `\n\`\`\`${language}\n${code.trim()}\n\`\`\`\n`).join('')}`
  );
}
