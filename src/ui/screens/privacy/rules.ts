/** The content-security policy of index.html in words. A test holds both together. */
export interface Rule {
  words: string;
  /** The directives of the policy that say it. */
  policy: string;
}

export const RULES: readonly Rule[] = [
  { words: 'Whatever is not allowed below is forbidden.', policy: "default-src 'none'" },
  { words: 'It may ask only the server that it came from.', policy: "connect-src 'self'" },
  {
    words: 'It runs its own script files only, none that stand in data, and no eval; WebAssembly may be compiled.',
    policy: "script-src 'self' 'wasm-unsafe-eval'",
  },
  {
    words: 'Its background workers are its own files, started so that the same rules hold for them.',
    policy: "worker-src 'self' blob:",
  },
  { words: 'No form sends anything.', policy: "form-action 'none'" },
  { words: 'Text from your data can never become markup or script.', policy: "require-trusted-types-for 'script'" },
];
