/** A few texts to begin with: rows that the model answered when it had not seen them. Pure. */
import type { ClassificationReport } from '../../../core/report/report';

const LONGEST = 160;

/** Up to `limit` short texts of different labels, from the test part where there is one. */
export function exampleTexts(report: ClassificationReport, limit = 3): string[] {
  const answers = report.test?.predictions ?? report.out_of_fold.predictions;
  const labels = new Set<string>();
  const texts: string[] = [];
  for (const { text, label } of answers) {
    if (texts.length === limit) break;
    if (labels.has(label) || text.length > LONGEST || texts.includes(text)) continue;
    labels.add(label);
    texts.push(text);
  }
  return texts;
}
