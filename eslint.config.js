/**
 * Lint rules. Beside the recommended sets this file keeps the rooms of the house apart: which folder may import
 * which (see README, «The house»), and bans what is a trap in tfjs or under the page's security policy.
 */
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const rooms = {
  core: ['engine', 'worker', 'storage', 'state', 'ui'],
  engine: ['worker', 'storage', 'state', 'ui'],
  storage: ['engine', 'worker', 'state', 'ui'],
  // Bound by no policy of the page's: it sees nothing but itself.
  service: ['core', 'engine', 'worker', 'storage', 'state', 'ui'],
  worker: ['state', 'ui'],
  state: ['engine', 'ui'],
  ui: ['engine', 'storage', 'worker'],
};
const outside = {
  core: ['@tensorflow/.*', 'svelte(/.*)?', 'idb', 'chart\\.js(/.*)?'],
  engine: ['svelte(/.*)?', 'idb', 'chart\\.js(/.*)?'],
  storage: ['@tensorflow/.*', 'svelte(/.*)?', 'chart\\.js(/.*)?'],
  service: ['[^.].*'],
  worker: ['svelte(/.*)?', 'chart\\.js(/.*)?'],
  state: ['@tensorflow/.*', 'chart\\.js(/.*)?'],
  ui: ['@tensorflow/.*', 'idb'],
};

const walls = Object.keys(rooms).map((room) => ({
  files: [`src/${room}/**/*.{ts,svelte}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: `^(\\.\\./)+(${rooms[room].join('|')})(/|$)`, message: `${room} must not look into that room` },
          { regex: `^(${outside[room].join('|')})$`, message: `${room} must not use this library` },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'public/', 'coverage/'] },
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'] } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name=/^(dataSync|arraySync)$/]',
          message: 'Returns zeros after a lost device; await data() instead.',
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Use core/random with a seed.',
        },
      ],
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      // The addresses are hash routes; there is no SvelteKit router to resolve them.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    languageOptions: {
      parserOptions: {
        extraFileExtensions: ['.svelte'],
        project: [
          'src/core/tsconfig.json',
          'src/engine/tsconfig.json',
          'src/worker/tsconfig.json',
          'src/service/tsconfig.json',
          'tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  { files: ['scripts/**', 'bench/**', 'tests/**', '*.config.{js,ts}'], rules: { 'no-console': 'off' } },
  ...walls,
);
