/**
 * What a check of written answers is. Answers are written once and judged by many checks; a kind of check stands in a file
 * of its own and in registry.ts, a person picks kinds and fills in their parameters. Plain values: what a person picked is
 * kept with the data set, sent with a run and written into its report.
 */

export type ParameterValue = number | string | boolean;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** A check as it was picked. */
export interface CheckSpec {
  /** Id of its kind. */
  kind: string;
  parameters: Record<string, ParameterValue>;
  /** Why it is on, where the rows themselves suggested it; empty where a person picked it. */
  reason: string;
}

/** One parameter, as a form asks for it. */
export interface CheckField {
  key: string;
  label: string;
  hint: string;
  kind: 'line' | 'text' | 'number' | 'flag' | 'choice';
  /** Of a choice. */
  options?: readonly { value: string; title: string }[];
  /** What it is before a person says otherwise; an empty text asks for one, or for nothing where it may stay empty. */
  start: ParameterValue;
}

/** True for an answer that passes; null for one that could not be judged, which counts as not passed. */
export type Judge = (answer: string, wanted: string) => boolean | null;

/** True for SQL, one statement or more; null for what the parser cannot tell. */
export type SqlParser = (text: string) => boolean | null;

/** What checks need from outside: loaded when the first of them asks. */
export interface CheckTools {
  sql(): Promise<SqlParser>;
}

/** What answers suggest of a kind. */
export interface Suggestion {
  parameters: Record<string, ParameterValue>;
  /** How many of the answers pass it. */
  passed: number;
  /** What they are then: «JSON», «SQL that SQLite reads». */
  what: string;
}

export interface CheckKind {
  id: string;
  /** «Is JSON»: over the row of the table. */
  title: string;
  /** One sentence for who picks it. */
  what: string;
  fields: readonly CheckField[];
  /** «sql: text, limit: number»: what it was asked for, in words; may be empty. */
  detail(parameters: Parameters): string;
  /** What is wrong with these parameters, in words; null where nothing is. */
  fault(parameters: Parameters): string | null;
  /** Of parameters without a fault. */
  judge(parameters: Parameters, tools: CheckTools): Judge | Promise<Judge>;
  /** What wanted answers suggest; null for nothing. */
  suggest?(answers: readonly string[], tools: CheckTools): Promise<Suggestion | null> | Suggestion | null;
}

/** A text parameter; empty where it is not one. */
export function textOf(parameters: Parameters, key: string): string {
  const value = parameters[key];
  return typeof value === 'string' ? value : '';
}

/** A flag; false where it is not one. */
export function flagOf(parameters: Parameters, key: string): boolean {
  return parameters[key] === true;
}

/** A number; null where it was left empty. */
export function numberOf(parameters: Parameters, key: string): number | null {
  const value = parameters[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
