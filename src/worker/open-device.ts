/**
 * The device of a job: the backend that was asked for, and proof that it computes right before it is trusted.
 * A pass is kept per device, browser and build of the app. A failure is kept only to be told: asked for all the same, the
 * device is tested again, since its driver may be another by now, or it was a passing fault.
 */
import { AppError } from '../core/errors';
import type { DeviceDescription } from '../core/run/record';
import type { Backend } from '../core/settings/settings';
import { demandPassed, generationSelfTest, selfTest, type SelfTestResult } from '../engine/proof/self-test';
import { isSilence } from '../engine/device/answer';
import { type Device, initBackend } from '../engine/device/select';
import { getSelfTest, putSelfTest } from '../storage/self-tests';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';

type Ports = Pick<JobPorts, 'database' | 'build' | 'browser' | 'wasmUrl'>;

/** Throws `no-webgpu`, `device-wrong` with the figures, or `device-lost` when the GPU goes while it is tested. */
export async function openDevice(ports: Ports, backend: Backend, test = selfTest): Promise<Device> {
  const { wasmUrl, browser } = ports;
  const device = await initBackend(backend, {
    ...(wasmUrl !== null && { wasmUrl }),
    nudges: needsNudges(browser),
  });
  // WebAssembly computes the same everywhere: its instructions are exact by their definition.
  if (backend === 'webgpu') await prove(ports, device, test, keyOf(ports, device.description));
  return device;
}

/**
 * Proof that an opened device also computes the programs of written answers, which cost those who only sort texts nothing.
 * Throws as `openDevice`.
 */
export async function proveWriting(ports: Ports, device: Device, test = generationSelfTest): Promise<void> {
  if (device.description.backend !== 'webgpu') return;
  await prove(ports, device, test, `${keyOf(ports, device.description)}/written answers`);
}

/** True for a browser that looks for finished work of its GPU ten times a second: see engine/device/nudge.ts. */
export function needsNudges(browser: string): boolean {
  return browser.startsWith('Firefox ');
}

/** Why a device is not to be taken by itself, in words; null when it passed or was not tried yet. */
export async function refusal(ports: Ports, description: DeviceDescription): Promise<string | null> {
  const kept = await getSelfTest(ports.database, keyOf(ports, description));
  if (kept === null || kept.passed) return null;
  try {
    demandPassed(kept, description.name);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

async function prove(ports: Ports, device: Device, test: () => Promise<SelfTestResult>, key: string): Promise<void> {
  const { description, guard } = device;
  if ((await getSelfTest(ports.database, key))?.passed) return;
  const result = await onDevice(device, null, test);
  // A device that broke down in the middle has not failed: that is another error, and the test is made again.
  guard.check();
  const { passed, worst } = result;
  const { name, got, expected } = worst;
  try {
    await putSelfTest(ports.database, { key, passed, worst: { name, got, expected } });
  } catch (error) {
    // On a full disk it is made again at the next start: no reason not to train now.
    if (!(error instanceof AppError)) throw error;
  }
  demandPassed(result, description.name);
}

function keyOf({ browser, build }: Ports, { name }: DeviceDescription): string {
  return `${name}/${browser}/${build}`;
}

/** How often, and how long apart, a run that goes on asks for its GPU. */
const TRIES = 10;
const PATIENCE_MS = 500;

/** As `openDevice`, with patience: right after a GPU broke down the browser may have none for some seconds. */
export async function reopenDevice(...asked: Parameters<typeof openDevice>): ReturnType<typeof openDevice> {
  for (let tries = TRIES; ; tries--) {
    try {
      return await openDevice(...asked);
    } catch (error) {
      const none = error instanceof AppError && error.code === 'no-webgpu' && !isSilence(error);
      if (tries === 1 || !none) throw error;
      await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    }
  }
}
