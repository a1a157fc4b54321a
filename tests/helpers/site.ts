/**
 * The built page in a real Chromium, for end-to-end tests: served beneath a sub-path, as many static hosts do, with a
 * browser profile of its own that is thrown away.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { launch } from '../../scripts/chromium.mjs';
import { openPage } from '../../scripts/page.mjs';
import { serve } from '../../scripts/serve.mjs';

export interface Site {
  url: string;
  context: BrowserContext;
  page: Page;
  /** What was seen since the page was opened. */
  seen: { requests: { method: string; url: string }[]; errors: string[]; consoleErrors: string[] };
  /** A folder for downloads and made-up files. */
  folder: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  colorScheme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
  base?: string;
  /** False starts a Chromium that has no WebGPU adapter, as on many machines. */
  webgpu?: boolean;
  /** «block» for a browser that keeps no pages; then nothing fetches the model before it is needed. */
  serviceWorkers?: 'allow' | 'block';
}

export async function openSite({ base = '/some/path/', ...options }: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'hone-e2e-'));
  const server = await serve({ base });
  const context = await launch({
    userDataDir: join(folder, 'profile'),
    viewport: { width: 1280, height: 900 },
    serviceWorkers: 'allow',
    ...options,
  });
  const { page, seen } = await openPage(context, server.url);
  return {
    url: server.url,
    context,
    page,
    seen,
    folder,
    async close() {
      await context.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
