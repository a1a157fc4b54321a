/** wllama in a Chromium of its own, on the GGUF that SmolLM2's weights here are from. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { launch } from '../scripts/chromium.mjs';
import { smolLm2Gguf } from './peers.mjs';

const PACKAGE = fileURLToPath(new URL('./peers/node_modules/@wllama/wllama/', import.meta.url));

/** Never chosen, so that both write as many tokens. */
const END_ID = 2;

export interface Wllama {
  version: string;
  /** Of a greedy answer, without the time of its prompt; one thread. */
  tokensPerSecond(prompt: string, newTokens: number): Promise<number>;
  stop(): Promise<void>;
}

/** Loads it; written out, since what Vite makes of a function here does not run in a page. */
const PAGE = `<!doctype html><script type="module">
import { Wllama } from '/index.js';
const wllama = new Wllama({ default: location.origin + '/wllama.wasm' });
const options = { n_threads: 1, n_ctx: 512, n_gpu_layers: 0, useCache: false };
await wllama.loadModelFromUrl(location.origin + '/model.gguf', options);
globalThis.wllama = wllama;
</script>`;
const LOADING_MS = 300_000;

/** What is used of it in the page. */
interface Loaded {
  createCompletion(
    options: Record<string, unknown>,
  ): Promise<{ timings?: { predicted_per_second: number; predicted_n: number } }>;
}

/** Starts a server of its files, a page, and the model in it; fetches the GGUF on first use. */
export async function startWllama(): Promise<Wllama> {
  const files: Record<string, { path: string; type: string }> = {
    '/index.js': { path: `${PACKAGE}esm/index.js`, type: 'text/javascript' },
    '/wllama.wasm': { path: `${PACKAGE}esm/wasm/wllama.wasm`, type: 'application/wasm' },
    '/model.gguf': { path: smolLm2Gguf(), type: 'application/octet-stream' },
  };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (!file) return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    response.writeHead(200, { 'content-type': file.type, 'content-length': statSync(file.path).size });
    createReadStream(file.path).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const browser = await launch({ webgpu: false });
  const page = await browser.newPage();
  page.setDefaultTimeout(LOADING_MS);
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`http://localhost:${port}/`);
  await page.waitForFunction('globalThis.wllama !== undefined', undefined, { timeout: LOADING_MS });
  const manifest: { version: string } = JSON.parse(readFileSync(`${PACKAGE}package.json`, 'utf8'));
  return {
    version: manifest.version,
    async tokensPerSecond(prompt, newTokens) {
      const timings = await page.evaluate(
        async ([text, count, endId]) => {
          const { wllama }: { wllama?: Loaded } = globalThis as { wllama?: Loaded };
          const options = { prompt: text, max_tokens: count, temperature: 0, logit_bias: { [endId]: -100 } };
          return (await wllama?.createCompletion(options))?.timings;
        },
        [prompt, newTokens, END_ID] as const,
      );
      if (timings?.predicted_n !== newTokens)
        throw new Error(`wllama wrote ${timings?.predicted_n} tokens of ${newTokens}.`);
      return timings.predicted_per_second;
    },
    async stop() {
      await browser.close();
      server.close();
    },
  };
}
