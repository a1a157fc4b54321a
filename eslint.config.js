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
  // Everything in one file: the engine beside the screen, on one thread.
  'one-page': ['storage', 'worker'],
};
const outside = {
  core: ['@tensorflow/.*', 'svelte(/.*)?', 'idb', 'chart\\.js(/.*)?'],
  engine: ['svelte(/.*)?', 'idb', 'chart\\.js(/.*)?'],
  storage: ['@tensorflow/.*', 'svelte(/.*)?', 'chart\\.js(/.*)?'],
  service: ['[^.].*'],
  worker: ['svelte(/.*)?', 'chart\\.js(/.*)?'],
  state: ['@tensorflow/.*', 'chart\\.js(/.*)?'],
  ui: ['@tensorflow/.*', 'idb'],
  'one-page': ['idb', 'chart\\.js(/.*)?'],
};

// search (what works: rungs, plan, what is next, what is recommended) asks settings what there is to try and metrics how it did;
// a run's record and its report name a ladder, so that it stands before both.
// Inside a room imports go one way too: a floor sees what stands before it, never what comes after.
const floors = {
  core: 'words formats optimize metrics checks models text data baselines recipes settings search reading quality import run report export',
  engine: 'device kernels ops adapters models generate optim fit threads frozen tasks run proof bench',
};

function wall(room) {
  return [
    { regex: `^(\\.\\./)+(${rooms[room].join('|')})(/|$)`, message: `${room} must not look into that room` },
    { regex: `^(${outside[room].join('|')})$`, message: `${room} must not use this library` },
  ];
}

const restrict = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const walls = Object.keys(rooms).map((room) => restrict([`src/${room}/**/*.{ts,svelte}`], wall(room)));
const stairs = Object.entries(floors).flatMap(([room, list]) => {
  const order = list.split(' ');
  return order.slice(0, -1).map((floor, i) => {
    const above = order.slice(i + 1).join('|');
    const up = { regex: `^(\\.\\./)+(${above})/`, message: `${room}/${floor} stands below that floor` };
    return restrict([`src/${room}/${floor}/**/*.ts`], [...wall(room), up]);
  });
});

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
  ...stairs,
);
