/**
 * What a data set is: rows of one task, each with an id of its own, in numbered versions.
 * Plain values only: these records go through `postMessage` and IndexedDB as they are.
 */
import type { CheckSpec } from '../checks/check';
import type { Finding } from './finding';
import type { ChatMessage, JsonObject } from '../text/conversation';
import type { Coverage } from '../text/coverage';
import type { LanguageTally } from '../text/language-tally';
import type { TokenTally } from '../text/token-tally';
import type { FormatId, Mapping, Task } from './mapping';
import type { ReadingRecord } from './reading-record';

/** One usable example. For classification `target` is the label; for generation it is the text to write. */
export interface Row {
  /**
   * Names the row within its data set, in every version of it; never given twice, and ascending in every version. A file's
   * rows have the number of their line where that is free (see `RowCollector`), rows that are added the next free one.
   */
  rowId: number;
  /** One-based line (JSONL, CSV) or element number (JSON array) in the file it came from. */
  line: number;
  text: string;
  target: string;
  /** Value of the mapping's `togetherField`: rows that share it stand on one side of every split. */
  together?: string;
  /** Part that the mapping's `splitField` puts it in. */
  part?: Part;
  /** Of a chat, where text and target do not say all: every message up to the last answer; see `conversationOf`. */
  messages?: readonly ChatMessage[];
  /** Tools that the chat can call. */
  tools?: readonly JsonObject[];
}

/** Parts that a file may name for its rows. */
export type Part = 'train' | 'validation' | 'test';

/** A data set as listed and opened. Its rows stand in chunks of their own, see storage. */
export interface Dataset {
  id: string;
  name: string;
  task: Task;
  createdAt: number;
  /** The version that training reads; versions are never changed in place. */
  currentVersion: number;
  versions: DatasetVersion[];
  /** The first id that no row of any version ever had. */
  nextRowId: number;
  /** What labels mean, by label, see `descriptionOf`; of all versions. Absent where nothing was ever described. */
  labelDescriptions?: Record<string, string>;
  /** What answers are judged by, once a person changed what the rows suggest; of all versions. */
  checks?: CheckSpec[];
  /** True for a built-in sample. */
  sample: boolean;
}

export interface DatasetVersion {
  number: number;
  /** The version that this one stores only its changes over; absent where it stores all its rows. */
  base?: number;
  /** Rows that are stored as changed, added or removed over the base; absent without one. */
  changes?: number;
  /** Where its rows stand: chunk by chunk in the order of their ids, over the base the same chunks as there. */
  chunks: RowSpan[];
  createdAt: number;
  /** What made this version, in words: «Opened support.jsonl». */
  note: string;
  fileName: string;
  fileBytes: number;
  format: FormatId;
  mapping: Mapping;
  rowCount: number;
  /** Rows of the file that could not be used; each is in a blocking or repairable finding with its line. */
  leftOut: number;
  /** The same by reason; absent in records of version 0.1. */
  leftOutReasons?: LeftOutReason[];
  /** SHA-256 (hex) over the usable rows, see `fingerprintRows`. */
  sha256: string;
  /** Labels with their row counts, most frequent first; empty for generation. */
  labels: LabelCount[];
  /** Rows of each part that the file names; absent where it names none. */
  parts?: Record<Part, number>;
  findings: Finding[];
  /** How long the texts are to the first model; absent where tokens were not counted yet, and in records of version 0.1. */
  tokenTally?: TokenTally;
  /** The same by the tokenizers of other models than the first, by model; absent where none was asked. */
  otherTallies?: Record<string, TokenTally>;
  /** How much of the texts each model's tokenizer can make out, by model; absent where none was asked. */
  coverage?: Record<string, Coverage>;
  /** In which languages the rows are; absent in older records until it is asked for. */
  languages?: LanguageTally;
  /** How the reading was found and what else the file would give; absent in records of version 0.1. */
  reading?: ReadingRecord;
}

/** The rows of one chunk: those with ids from `firstRowId` to that of the next chunk. */
export interface RowSpan {
  firstRowId: number;
  rows: number;
}

/** Rows left out for one reason, under the id of the finding that lists them. */
export interface LeftOutReason {
  id: string;
  count: number;
}

export interface LabelCount {
  label: string;
  count: number;
}
