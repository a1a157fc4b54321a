import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { writeOnePage } from './scripts/one-page.mjs';
import { writeService } from './scripts/service.mjs';

/** WebGPU in software, as scripts/chromium.mjs starts it; vitest adds headless by itself in a mode without WebGPU. */
const browserArguments = [
  '--headless=new',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--ignore-gpu-blocklist',
];

export default defineConfig({
  // Relative addresses, so that the built folder works from any sub-path of any static host.
  base: './',
  plugins: [
    svelte(),
    {
      // The development server puts styles into the page and reloads by inline script: only the built page keeps its policy.
      name: 'development-without-policy',
      apply: 'serve',
      transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
    },
    {
      // Last of all, since it lists every file of the built folder.
      name: 'one-page-and-service-worker',
      apply: 'build',
      writeBundle: {
        order: 'post',
        sequential: true,
        async handler({ dir = 'dist' }) {
          await writeOnePage(dir);
          await writeService(dir);
        },
      },
    },
  ],
  worker: { format: 'es' },
  // Two copies of tfjs-core would be two engines that do not know each other's tensors.
  resolve: { dedupe: ['@tensorflow/tfjs-core'] },
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  test: {
    // As many as there are processors: left to itself vitest leaves one idle, which of two is half the machine.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/{core,engine,worker,service,storage,state,ui,scripts}/**/*.test.ts'],
          // Only against what never ends: a slow machine with other work on it is no fault.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
                args: browserArguments,
              },
            }),
            instances: [{ browser: 'chromium', headless: true }],
          },
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          // Workers start, models load: what a person waits for here is not a matter of one second.
          expect: { poll: { timeout: 15_000 } },
          // One Chromium at a time: two of them on two cores only slow each other down.
          fileParallelism: false,
        },
      },
    ],
  },
});
