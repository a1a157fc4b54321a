/** How Chromium is started here: with WebGPU, quietly, and without talking to anybody. */
import { chromium } from 'playwright-core';
import { ensureChromium } from './setup.mjs';

const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  // A tab that nobody looks at must not be slowed down.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** A WebGPU that runs in software; right and slow. */
export const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--ignore-gpu-blocklist'];
/** On Linux without a display a GPU is found by Vulkan alone (tried on an H200). */
const byVulkan = ['--enable-features=Vulkan', '--use-angle=vulkan', '--disable-vulkan-surface'];
const hardwareGpu = [
  ...['--enable-unsafe-webgpu', '--ignore-gpu-blocklist'],
  ...(process.platform === 'linux' ? byVulkan : []),
];

/** Arguments for a headless Chromium. The old headless shell has no WebGPU, hence the new mode. */
export function chromiumArguments({ software = true, webgpu = true } = {}) {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const gpu = software ? softwareGpu : hardwareGpu;
  return ['--headless=new', ...sandbox, ...quiet, ...(webgpu ? gpu : [])];
}

/**
 * Launches Chromium with a fresh profile kept in `userDataDir` ('' = thrown away at close). Without service workers unless
 * asked for: a script means the build that is served, not the one that a profile kept.
 * @param {{ software?: boolean, webgpu?: boolean } & Parameters<typeof chromium.launchPersistentContext>[1] & { userDataDir?: string }} options
 */
export function launch({ userDataDir = '', software = true, webgpu = true, ...options } = {}) {
  return chromium.launchPersistentContext(userDataDir, {
    executablePath: ensureChromium(),
    args: chromiumArguments({ software, webgpu }),
    acceptDownloads: true,
    headless: false,
    serviceWorkers: 'block',
    ...options,
  });
}
