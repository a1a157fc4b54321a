/**
 * What the engine needs of a GPU. Every number is the default that WebGPU promises on any adapter; there are adapters
 * (virtual machines, compatibility modes) that do not keep the promise, and they are refused by name of the limit.
 */
import { AppError } from '../../core/errors';

const NEEDED = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
} as const;

export type LimitName = keyof typeof NEEDED;
export type Limits = Readonly<Record<LimitName, number>>;

const NAMES = Object.keys(NEEDED) as LimitName[];

/** The limits to ask a device for: all that the adapter has. Throws `no-webgpu` when one is below what is needed. */
export function limitsToAsk(offered: Readonly<Partial<Record<LimitName, number>>>): Limits {
  for (const name of NAMES) {
    const value = offered[name];
    if (value !== undefined && value >= NEEDED[name]) continue;
    throw new AppError(
      'no-webgpu',
      `This GPU cannot be used: it offers ${value ?? 'no'} ${name}, and ${NEEDED[name]} are needed. Choose WebAssembly.`,
      { details: { limit: name, offered: value ?? 0, needed: NEEDED[name] } },
    );
  }
  // Field by field: the limits of a real adapter are getters, which a spread would not see.
  return Object.fromEntries(NAMES.map((name) => [name, offered[name]])) as Limits;
}
