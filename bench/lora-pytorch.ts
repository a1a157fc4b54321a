/** Steps of a LoRA adapter in transformers and PEFT, in a Python process that waits between them. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensurePython } from './peers.mjs';

const program = fileURLToPath(new URL('./lora_pytorch.py', import.meta.url));

export interface LoraSteps {
  /** Of torch, transformers and PEFT. */
  version: string;
  /** Seconds of one step. */
  step(): Promise<number>;
  stop(): void;
}

/** Starts it and takes one step to warm up; fetches the packages on first use. */
export async function pytorchLoraSteps(
  sizes: Record<'rows' | 'tokens' | 'rank' | 'threads', number>,
): Promise<LoraSteps> {
  const child = spawn(ensurePython(), [program, JSON.stringify(sizes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('PyTorch ended; see its messages above.');
    return String(value);
  };
  const version = await next();
  return {
    version,
    async step() {
      child.stdin.write('step\n');
      return Number(await next());
    },
    stop: () => void child.kill(),
  };
}
