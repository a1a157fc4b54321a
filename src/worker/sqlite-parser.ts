/**
 * Whether a text is SQL, as SQLite itself reads it: its WebAssembly build, of which only the parser is used, in an empty
 * database in memory. It is linear, its depth is bounded, and no name has to exist: a select is read as the body of a view,
 * which looks nothing up; of other statements only those complaints count that are about their form. Nothing is carried out.
 * The file's own loader (600 kB, for files and threads) is not needed: SQLite asks this for nothing but memory.
 */
import type { SqlParser } from '../core/checks/check';
import { AppError } from '../core/errors';

const PAGE = 65_536;
/** What the build declares; see `INITIAL_MEMORY` in its loader. */
const MEMORY = { initial: 128, maximum: 32_768 };
/** Longer texts are not judged. */
const MOST_CHARACTERS = 1_000_000;

const SELECT = /^\(*\s*(?:select|with|values)\b/i;
const BLANK = /^(?:\s+|;|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/;
/** SQLite may carry out a pragma while it reads it. */
const PRAGMA = /^(?:explain\s+(?:query\s+plan\s+)?)?pragma\b/i;
/** Complaints about the form of a statement; all others are about names, which need not exist. */
const FORM = /syntax error|^incomplete input|^unrecognized token|^unknown table option/;
const LIMIT = /recursion limit|parser stack overflow|too (?:large|deep|many|big|long)|out of memory/i;
/** To the semicolon that ends a statement, or to the end. */
const TO_NEXT = /^(?:'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|[^;'"`[])*(?:;|[^]*$)/;
const IN_VIEW = 'CREATE TEMP VIEW v AS ';

interface SqliteExports {
  __wasm_call_ctors(): void;
  sqlite3_initialize(): number;
  sqlite3_open(name: number, out: number): number;
  sqlite3_prepare_v2(database: number, text: number, bytes: number, statement: number, tail: number): number;
  sqlite3_finalize(statement: number): number;
  sqlite3_errmsg(database: number): number;
  malloc(bytes: number): number;
  free(address: number): void;
}

/** Compiles SQLite from its file. */
export async function sqliteParser(file: BufferSource): Promise<SqlParser> {
  const sqlite = new Sqlite(await WebAssembly.compile(file));
  return (text) => sqlite.parses(text);
}

/** What the compiler says of one statement. */
interface Prepared {
  /** Null for no complaint. */
  message: string | null;
  /** What stands behind the statement. */
  rest: string;
}

class Sqlite {
  readonly #module: WebAssembly.Module;
  #memory = new WebAssembly.Memory(MEMORY);
  #exports: SqliteExports;
  #database = 0;
  /** Room for two addresses. */
  #out = 0;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#exports = this.#start();
  }

  parses(text: string): boolean | null {
    if (text.length > MOST_CHARACTERS) return null;
    try {
      return this.#parses(text);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      // What ended in the middle is not trusted any more.
      this.#exports = this.#start();
      return null;
    }
  }

  #parses(text: string): boolean | null {
    let rest = text.replace(BLANK, '');
    if (rest === '') return false;
    while (rest !== '') {
      if (PRAGMA.test(rest)) return null;
      const asView = SELECT.test(rest) ? this.#prepare(rest, IN_VIEW) : null;
      const done = asView === null || isNoView(rest, asView) ? this.#prepare(rest, '') : asView;
      const { message } = done;
      if (message !== null) {
        if (LIMIT.test(message)) return null;
        if (done === asView || FORM.test(message)) return false;
      }
      const after = (message === null ? done.rest : behind(rest, done.rest)).replace(BLANK, '');
      if (after.length >= rest.length) return null;
      rest = after;
    }
    return true;
  }

  #prepare(text: string, prefix: string): Prepared {
    const bytes = new TextEncoder().encode(prefix + text);
    const { malloc, free, sqlite3_prepare_v2, sqlite3_finalize, sqlite3_errmsg } = this.#exports;
    const address = malloc(bytes.length + 1);
    if (address === 0) return { message: 'out of memory', rest: '' };
    const heap = new Uint8Array(this.#memory.buffer);
    heap.set(bytes, address);
    heap[address + bytes.length] = 0;
    const failed = sqlite3_prepare_v2(this.#database, address, bytes.length, this.#out, this.#out + 4) !== 0;
    const out = new DataView(this.#memory.buffer, this.#out, 8);
    const statement = out.getUint32(0, true);
    const tail = Math.max(0, out.getUint32(4, true) - address);
    const message = failed ? this.#textAt(sqlite3_errmsg(this.#database)) : null;
    if (statement !== 0) sqlite3_finalize(statement);
    free(address);
    return { message, rest: new TextDecoder().decode(bytes.subarray(tail)) };
  }

  #textAt(address: number): string {
    const heap = new Uint8Array(this.#memory.buffer);
    return new TextDecoder().decode(heap.subarray(address, heap.indexOf(0, address)));
  }

  #start(): SqliteExports {
    this.#memory = new WebAssembly.Memory(MEMORY);
    const instance = new WebAssembly.Instance(this.#module, importsOf(this.#module, this.#memory));
    // The build's own functions: a parser of their types would be the file itself.
    const exports = instance.exports as unknown as SqliteExports;
    exports.__wasm_call_ctors();
    this.#out = exports.malloc(8);
    const name = exports.malloc(16);
    new Uint8Array(this.#memory.buffer).set(new TextEncoder().encode(':memory:\0'), name);
    if (exports.sqlite3_initialize() !== 0 || exports.sqlite3_open(name, this.#out) !== 0) {
      throw new AppError('internal', 'SQLite did not start.');
    }
    this.#database = new DataView(this.#memory.buffer).getUint32(this.#out, true);
    return exports;
  }
}

/** What stands behind a statement that was complained about: that may have come before its end. */
function behind(text: string, rest: string): string {
  return text.slice(0, text.length - rest.length).endsWith(';') ? rest : rest.replace(TO_NEXT, '');
}

/** Parameters have no place in a view, and behind WITH may stand what is no select. */
function isNoView(text: string, { message }: Prepared): boolean {
  if (message === null) return false;
  return message === 'parameters are not allowed in views' || (/^with\b/i.test(text) && message.startsWith('near "'));
}

/** Files, clocks and the environment are not there: −1 is «no» in all of them. Memory grows. */
function importsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = kind === 'memory' ? memory : () => -1;
  }
  const zero = (address: number): void => new DataView(memory.buffer).setUint32(address, 0, true);
  Object.assign((imports['wasi_snapshot_preview1'] ??= {}), {
    environ_sizes_get(count: number, bytes: number): number {
      zero(count);
      zero(bytes);
      return 0;
    },
    environ_get: () => 0,
  });
  Object.assign((imports['env'] ??= {}), {
    emscripten_date_now: () => 0,
    emscripten_get_now: () => 0,
    emscripten_get_heap_max: () => MEMORY.maximum * PAGE,
    emscripten_resize_heap(bytes: number): number {
      try {
        memory.grow(Math.ceil((bytes >>> 0) / PAGE) - memory.buffer.byteLength / PAGE);
        return 1;
      } catch {
        return 0;
      }
    },
  });
  return imports;
}
