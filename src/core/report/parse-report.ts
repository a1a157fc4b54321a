/** report.json back into a report. */
import * as v from 'valibot';
import { AppError } from '../errors';
import { type Report, REPORT_TASKS, REPORT_VERSION, reportSchema } from './report';

const headSchema = v.looseObject({
  schema: v.literal('hone.report'),
  version: v.number(),
  // Reports from before there were tasks are of the one there was.
  task: v.optional(v.string(), 'classification'),
});

/** Reads a report from its parsed JSON; throws `file-unreadable` with the field that does not fit. */
export function parseReport(json: unknown): Report {
  const head = v.safeParse(headSchema, json);
  if (!head.success) throw unreadable('This is not a report of Hone: «schema» is not «hone.report».');
  const { version, task } = head.output;
  if (version > REPORT_VERSION) {
    throw unreadable(
      `This report has version ${version}; this page reads up to version ${REPORT_VERSION}. Reload for a newer page.`,
    );
  }
  if (!REPORT_TASKS.includes(task)) {
    throw unreadable(
      `This report is of the task «${task}»; this page reads reports of ${REPORT_TASKS.join(', ')}. Reload for a newer page.`,
    );
  }
  const parsed = v.safeParse(reportSchema, head.output);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw unreadable(`This report is damaged at «${v.getDotPath(issue) ?? 'the whole'}»: ${issue.message}`);
}

function unreadable(message: string): AppError {
  return new AppError('file-unreadable', message);
}
