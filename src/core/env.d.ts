/** The little of the platform that core may use: text coding exists in pages, workers and Node alike. */
interface TextDecoderOptions {
  fatal?: boolean;
  ignoreBOM?: boolean;
}
declare class TextDecoder {
  constructor(label?: string, options?: TextDecoderOptions);
  decode(input?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
declare function atob(base64: string): string;
/** A file's text, put into the bundle. */
declare module '*.py?raw' {
  const text: string;
  export default text;
}
