/** How long a browser may take to answer for its GPU: a driver that hangs answers never, and nobody is told. */
import { AppError } from '../../core/errors';

/** A cold driver takes a second or two, a busy machine some more. */
const ANSWER_MS = 20_000;

/**
 * What was asked of the browser, or `no-webgpu` when it does not come in time. What comes after that is given to `late`,
 * so that no device stays that nobody uses.
 */
export async function answered<T>(
  asked: Promise<T>,
  { limitMs = ANSWER_MS, late }: { limitMs?: number; late?(answer: T): void } = {},
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      asked.then(late, () => undefined);
      reject(
        new AppError(
          'no-webgpu',
          `The GPU did not answer for ${Math.round(limitMs / 1000)} s: its driver may hang. Nothing is lost. Try again; ` +
            'if it stays so, restart the browser, or work on the processor.',
          { details: { waitedMs: limitMs } },
        ),
      );
    }, limitMs);
  });
  try {
    return await Promise.race([asked, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** True for the fault of a browser that did not answer: to ask it ten times more would take minutes. */
export function isSilence(error: unknown): boolean {
  return error instanceof AppError && error.code === 'no-webgpu' && 'waitedMs' in error.details;
}
