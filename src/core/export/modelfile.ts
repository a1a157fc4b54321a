/**
 * Ollama's Modelfile for a GGUF beside it. Its templates are Go's, not Jinja: written where the model's own renders as
 * ChatML, which is tried out by rendering; else left out, and Ollama takes what it finds in the GGUF.
 */
import { textFile, type PlannedFile } from '../formats/planned-file';

export interface PlainMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** The model's chat template, applied; the last message is answered. */
export type RenderChat = (messages: readonly PlainMessage[]) => string;

const START = '<|im_start|>';
const END = '<|im_end|>';

const GO_TEMPLATE = `{{- range .Messages }}${START}{{ .Role }}
{{ .Content }}${END}
{{ end }}${START}assistant
`;

/** The Modelfile; `stops` are the tokens that end an answer. */
export function modelfile(gguf: string, render: RenderChat, stops: readonly string[]): PlannedFile {
  const system = chatMlSystem(render);
  const lines = [
    `FROM ./${gguf}`,
    ...(system === undefined
      ? ['# The template is the one in the GGUF: this form has no way to write it down.']
      : [`TEMPLATE """${GO_TEMPLATE}"""`]),
    ...(system === undefined || system === null ? [] : [`SYSTEM """${system}"""`]),
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
  ];
  return textFile('Modelfile', `${lines.join('\n')}\n`);
}

/** The system message that a ChatML template adds by itself, null for none; undefined where it renders otherwise. */
export function chatMlSystem(render: RenderChat): string | null | undefined {
  const chatMl = (messages: readonly PlainMessage[]): string =>
    messages.map(({ role, content }) => `${START}${role}\n${content}${END}\n`).join('') + `${START}assistant\n`;
  const talk: PlainMessage[] = [
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
    { role: 'user', content: 'three' },
  ];
  const whole: PlainMessage[] = [{ role: 'system', content: 'zero' }, ...talk];
  try {
    if (render(whole) !== chatMl(whole)) return undefined;
    const alone = render(talk);
    if (alone === chatMl(talk)) return null;
    const before = `${START}system\n`;
    const behind = `${END}\n${chatMl(talk)}`;
    if (!alone.startsWith(before) || !alone.endsWith(behind)) return undefined;
    const system = alone.slice(before.length, alone.length - behind.length);
    return system.includes('"""') ? undefined : system;
  } catch {
    // A template may refuse a role by throwing: then it is not ChatML.
    return undefined;
  }
}
