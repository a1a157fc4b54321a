/**
 * tfjs backends in Node: WebAssembly as it is, WebGPU through Dawn (npm `webgpu`) on whatever Vulkan driver there is:
 * Mesa's lavapipe, or the SwiftShader that comes with Chromium.
 */
import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { initBackend, type Device } from '../../src/engine/device/select';
import type { Backend } from '../../src/core/settings/settings';
import { allowRelaxedSimd } from '../../scripts/relaxed-simd.mjs';

/** Software drivers, faster first. `VK_ICD_FILENAMES` set from outside goes before both. */
const DRIVERS = [
  '/usr/share/vulkan/icd.d/lvp_icd.json',
  '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
  '/usr/lib/chromium/vk_swiftshader_icd.json',
];

/** Starts a backend and makes it the current one; throws when it cannot be had. */
export async function startBackend(backend: Backend): Promise<Device> {
  if (backend === 'webgpu') await provideWebGpu();
  else allowRelaxedSimd();
  return initBackend(backend);
}

let provided: Promise<void> | undefined;

function provideWebGpu(): Promise<void> {
  provided ??= (async () => {
    const { create, globals } = await import('webgpu');
    const asked = process.env.VK_ICD_FILENAMES;
    for (const driver of asked === undefined ? DRIVERS.filter((path) => existsSync(path)) : [asked]) {
      process.env.VK_ICD_FILENAMES = driver;
      const gpu = create(['backend=vulkan']);
      if ((await gpu.requestAdapter()) === null) continue;
      Object.assign(globalThis, globals);
      // tfjs looks at `document` when it is imported; nothing is ever made with it.
      Object.defineProperty(globalThis, 'document', { value: { createElement: () => ({}) }, configurable: true });
      Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
      return;
    }
    throw new Error('No Vulkan driver for WebGPU: install chromium and libvulkan1, or set VK_ICD_FILENAMES.');
  })();
  return provided;
}

/** tfjs's plain CPU backend: not offered to anybody, but it takes the portable way through every operation. */
export async function startPortable(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  tf.env().set('PROD', true); // no advice to install tfjs-node
  await tf.setBackend('cpu');
}
