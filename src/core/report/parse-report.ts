/** report.json back into a report. */
import * as v from 'valibot';
import { AppError } from '../errors';
import { type Report, REPORT_VERSION, reportSchema } from './report';

/** Reads a report from its parsed JSON; throws `file-unreadable` with the field that does not fit. */
export function parseReport(json: unknown): Report {
  const head = v.safeParse(v.object({ schema: v.literal('hone.report'), version: v.number() }), json);
  if (!head.success) throw unreadable('This is not a report of Hone: «schema» is not «hone.report».');
  if (head.output.version > REPORT_VERSION) {
    throw unreadable(
      `This report has version ${head.output.version}; this page reads up to version ${REPORT_VERSION}. Reload for a newer page.`,
    );
  }
  const parsed = v.safeParse(reportSchema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw unreadable(`This report is damaged at «${v.getDotPath(issue) ?? 'the whole'}»: ${issue.message}`);
}

function unreadable(message: string): AppError {
  return new AppError('file-unreadable', message);
}
