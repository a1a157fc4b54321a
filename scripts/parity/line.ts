/** One line of `npm run parity`: how far we are from a reference number, at most. */
export interface ParityLine {
  name: string;
  reference: string;
  difference: number;
  tolerance: number;
  ok: boolean;
}
