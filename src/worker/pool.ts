/** Threads for the engine's pool in a browser: workers of the training worker, held to the same policy. */
import type { RunThreads } from '../engine/run/run-threads';
import { startConfinedWorker } from './confined';
import poolWorkerAddress from './pool.worker.ts?worker&url';

/** GiB that a device is taken to have where the browser does not say. */
const USUAL_MEMORY = 4;

/**
 * One per core, and no more than one for each GiB of the device: a thread with its encoder, its batch and the tfjs
 * heap takes about a quarter of that. `memory` in GiB, as `navigator.deviceMemory` rounds it.
 */
export function threadCount(cores: number, memory = USUAL_MEMORY): number {
  return Math.max(1, Math.min(cores, Math.floor(memory)));
}

/** A thread that trains has moments, gradients and activations besides, and a checkpoint on its way: up to 1 GiB. */
const MOST_LANES = 4;

/** How many threads may train at once: one per core, half of the device's memory at most. */
export function trainingThreads(cores: number, memory = USUAL_MEMORY): number {
  return Math.max(1, Math.min(MOST_LANES, cores, Math.floor(memory / 2)));
}

/** Threads as this device has them; one where a worker may not start others. */
export function browserThreads(wasmUrl: string, create = startConfinedWorker): RunThreads {
  const nested = typeof Worker === 'function';
  return {
    count: nested ? threadCount(navigator.hardwareConcurrency, deviceMemory()) : 1,
    lanes: nested ? trainingThreads(navigator.hardwareConcurrency, deviceMemory()) : 1,
    wasmUrl,
    start({ onMessage, onError }) {
      const worker = create(poolWorkerAddress);
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onerror = (event) => {
        event.preventDefault();
        onError(event.message || 'it could not be started.');
      };
      worker.onmessageerror = () => onError('its answer could not be read.');
      return {
        post: (message, transfer) => worker.postMessage(message, transfer),
        end: () => worker.terminate(),
      };
    },
  };
}

/** Only Chromium says. */
function deviceMemory(): number | undefined {
  const memory: unknown = 'deviceMemory' in navigator ? navigator.deviceMemory : undefined;
  return typeof memory === 'number' ? memory : undefined;
}
