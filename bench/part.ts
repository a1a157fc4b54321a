/** What every part of the bench takes and gives: `bench/engine.mjs` runs each in a process of its own and joins them. */

export interface PartOptions {
  /** A shorter version of the same measurement; what was shortened stands in the result. */
  quick: boolean;
  /** A line for whoever waits. */
  tell(line: string): void;
}

/** A piece of the one result: objects are joined by their keys. */
export type Fragment = { [key: string]: Fragment | number | string | boolean | null | (string | number)[] };

export interface Times {
  /** By the clock. */
  seconds: number;
  /** Of the processor, all threads of this process together: what a busy machine does not stretch. */
  cpuSeconds: number;
}

/** How long `work` takes. */
export async function timesOf(work: () => Promise<unknown>): Promise<Times> {
  const startedMs = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** Three decimals are more than such a measurement is good for. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
