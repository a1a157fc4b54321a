/** The order of an epoch: each has one of its own, by a stream of its own, so that whoever enters in the middle gets the same. */

/** The batches of an epoch (0-based), made once for as long as that epoch is asked for. */
export function eachEpoch(make: (epoch: number) => number[][]): (epoch: number) => number[][] {
  let known: { epoch: number; batches: number[][] } | null = null;
  return (epoch) => {
    if (known?.epoch !== epoch) known = { epoch, batches: make(epoch) };
    return known.batches;
  };
}
