/** onnxruntime-web, one thread of WebAssembly: what the engine is measured against, and the judge of the ONNX files that Hone writes. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ensurePeers, peers } from './peers.mjs';

/** What is used of onnxruntime-web. */
interface OrtTensor {
  readonly data: Float32Array;
}

interface OrtSession {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
}

interface Ort {
  env: { wasm: { numThreads: number }; versions: { web?: string; common: string } };
  Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: number[]) => OrtTensor;
  InferenceSession: {
    create(
      model: Uint8Array,
      options: { executionProviders: string[]; graphOptimizationLevel: string },
    ): Promise<OrtSession>;
  };
}

/** Fetched on first use, never into the project's own packages. */
export async function openOnnxRuntime() {
  ensurePeers();
  const file = pathToFileURL(join(peers, 'node_modules/onnxruntime-web/dist/ort.node.min.mjs'));
  const ort: Ort = await import(/* @vite-ignore */ file.href);
  ort.env.wasm.numThreads = 1;
  return {
    version: ort.env.versions.web ?? ort.env.versions.common,
    Tensor: ort.Tensor,
    read: (model: Uint8Array): Promise<OrtSession> =>
      ort.InferenceSession.create(model, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' }),
  };
}
