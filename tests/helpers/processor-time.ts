/** Time for tests of what must not grow out of bounds: of the processor, so that nothing that runs beside counts. */

const usedMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds of the processor for a body, the least of three tries: one may fall on a collection of garbage. */
export async function processorMs(body: () => unknown): Promise<number> {
  let least = Infinity;
  for (let tried = 0; tried < 3; tried++) {
    const start = usedMs();
    await body();
    least = Math.min(least, usedMs() - start);
  }
  return least;
}
