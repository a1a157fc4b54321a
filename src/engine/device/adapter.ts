/** Asking the browser for its GPU. */
import { answered } from './answer';

/**
 * A browser that has just started says «none» until its process for the GPU is up: Chromium on an H200 did at
 * first. So none is asked for again, as often and as far apart as this, before it is believed.
 */
const ATTEMPTS = 6;
const PAUSE_MS = 300;

export interface Patience {
  limitMs?: number;
  pauseMs?: number;
}

/** The adapter, or null where there is none; throws `no-webgpu` where the browser does not answer. */
export async function findAdapter(
  gpu: Pick<GPU, 'requestAdapter'>,
  { pauseMs = PAUSE_MS, ...wait }: Patience = {},
): Promise<GPUAdapter | null> {
  for (let attempt = 1; ; attempt++) {
    const adapter = await answered(gpu.requestAdapter({ powerPreference: 'high-performance' }), wait);
    if (adapter !== null || attempt === ATTEMPTS) return adapter;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
