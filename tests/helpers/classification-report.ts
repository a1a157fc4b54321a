/** A report as that of a classification, which most tests are about. */
import type { ClassificationReport, Report } from '../../src/core/report/report';

/** Throws where there is none, or one of another task. */
export function classificationReport(report: Report | null | undefined): ClassificationReport {
  if (report?.task !== 'classification') throw new Error(`A report of ${report?.task ?? 'nothing'}`);
  return report;
}
