/** One line of `npm run parity`: how far we are from a reference number, at most. */
export interface ParityLine {
  name: string;
  reference: string;
  difference: number;
  tolerance: number;
  ok: boolean;
}

/** A line that is ok when the difference is a number within the tolerance. */
export function parityLine(name: string, reference: string, difference: number, tolerance: number): ParityLine {
  return { name, reference, difference, tolerance, ok: difference <= tolerance };
}
