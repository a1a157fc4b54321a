/** A device in words, for the screen and the report. */
import type { DeviceDescription } from '../../core/run/record';

/** What WebGPU tells of an adapter; browsers leave fields empty that would identify a person. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  isFallbackAdapter: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|microsoft basic render/i;

/** «nvidia turing», or the description where the browser gives one. */
export function describeAdapter(facts: AdapterFacts): DeviceDescription {
  const { vendor, architecture, device, description, isFallbackAdapter } = facts;
  const short = [vendor, architecture].filter((word) => word !== '').join(' ');
  const name = description || device || short || 'WebGPU adapter without a name';
  return { backend: 'webgpu', name, software: isFallbackAdapter || isSoftware(facts) };
}

/** True for an adapter that is the processor under another name: it has few threads, and more than those gain nothing. */
export function isSoftware({
  vendor,
  architecture,
  device,
  description,
}: Omit<AdapterFacts, 'isFallbackAdapter'>): boolean {
  return SOFTWARE.test([vendor, architecture, device, description].join(' '));
}

/** The WebAssembly backend: the processor, which is no «software device» standing in for a GPU. */
export function describeWasm(): DeviceDescription {
  return { backend: 'wasm', name: 'WebAssembly, SIMD', software: false };
}
