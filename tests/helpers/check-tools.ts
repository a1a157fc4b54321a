/** The tools of checks as the workers have them, SQLite read from its package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { CheckTools, SqlParser } from '../../src/core/checks/check';
import { sqliteParser } from '../../src/worker/sqlite-parser';

let sql: Promise<SqlParser> | null = null;

export const nodeCheckTools: CheckTools = {
  sql() {
    const file = createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm');
    sql ??= readFile(file).then((bytes) => sqliteParser(bytes));
    return sql;
  },
};
