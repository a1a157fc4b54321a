/**
 * The shapes of file that people bring, and how the fields of a record are read as text and target.
 */
export type FormatId = 'text-label' | 'prompt-completion' | 'chat' | 'preference' | 'unknown';
export type Container = 'jsonl' | 'json-array' | 'json-objects' | 'csv' | 'tsv';

/** Which fields are read as what. For chat both name `messages`. */
export interface Mapping {
  container: Container;
  format: FormatId;
  /** Field(s) joined with a blank line into the text (instruction + input). */
  textFields: string[];
  targetField: string;
  /** Fields of the file that are not used. */
  unused: string[];
}
