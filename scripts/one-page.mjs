/**
 * The template of a page of its own (src/one-page): all that runs in it as one HTML file, with nothing to fetch and a policy that
 * lets nothing out. Part of the build (vite.config.ts); a classifier is written behind it when it is taken away. It lies beside
 * the page as text: what hosts do to HTML (other addresses, lines of their own) they do not do to that.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';
import { root } from './setup.mjs';

export const ONE_PAGE = 'one-page.txt';

/** Writes the template into a built folder. */
export async function writeOnePage(folder) {
  writeFileSync(join(folder, ONE_PAGE), await onePage());
}

/** Its text. */
export async function onePage() {
  const [{ output }] = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    plugins: [svelte(), withoutGpu],
    resolve: { dedupe: ['@tensorflow/tfjs-core'] },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2022',
      // As a library everything is one classic script, the WebAssembly file in it: what `file:` gives to no fetch.
      lib: {
        entry: join(root, 'src/one-page/main.ts'),
        formats: ['iife'],
        name: 'honePage',
        fileName: () => 'page.js',
      },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  return pageText(
    output
      .filter(({ type }) => type === 'chunk')
      .map(({ code }) => code)
      .join(''),
    output
      .filter(({ fileName }) => fileName.endsWith('.css'))
      .map(({ source }) => String(source))
      .join(''),
  );
}

/** The page of a script and its styles; throws where HTML cannot hold them. */
export function pageText(code, styles) {
  const script = code
    // Neither ends the script nor begins one within it, for a reader of HTML.
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--')
    .trim();
  const style = styles.trim();
  if (script.includes('\r') || style.includes('</'))
    throw new Error('The one page cannot hold its own script or styles.');
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  // `data:` is the WebAssembly file in the script itself. Nothing has an address that could be asked.
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)}`,
    'img-src data:',
    'connect-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="hone.one-page 1">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf8f5" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#131210" media="(prefers-color-scheme: dark)">
<meta name="referrer" content="no-referrer">
<title>Hone</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page sorts texts by itself, without a network, and needs JavaScript for that.</noscript>
<script>${script}</script>
`;
}

/** It computes on the processor alone, the same on every device: half a megabyte of GPU backend stays out. */
const withoutGpu = {
  name: 'without-gpu',
  enforce: 'pre',
  resolveId: (id) => (id === '@tensorflow/tfjs-backend-webgpu' ? '\0without-gpu' : null),
  load: (id) => (id === '\0without-gpu' ? 'export class WebGPUBackend {}' : null),
};
