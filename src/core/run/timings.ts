/** What the parts of a run took, in seconds; those that it has not stay at nought. */
export interface ExperimentTimings {
  modelSeconds: number;
  featuresSeconds: number;
  baselinesSeconds: number;
  foldsSeconds: number;
  finalFitSeconds: number;
  testSeconds: number;
}
