/** What checks of answers need from outside, in a worker of the browser: SQLite, fetched when the first check asks for it. */
import sqliteFile from '@sqlite.org/sqlite-wasm/sqlite3.wasm?url';
import type { CheckTools, SqlParser } from '../core/checks/check';
import { AppError } from '../core/errors';
import { sqliteParser } from './sqlite-parser';

/** Tools that load what they need once; a load that failed is tried again when somebody asks next. */
export function browserCheckTools(): CheckTools {
  let sql: Promise<SqlParser> | null = null;
  return {
    sql() {
      sql ??= loadSqlite();
      sql.catch(() => (sql = null));
      return sql;
    },
  };
}

async function loadSqlite(): Promise<SqlParser> {
  const response = await fetch(new URL(sqliteFile, import.meta.url)).catch((cause: unknown) => {
    throw new AppError('not-found', 'The SQL parser could not be fetched. Is there a network?', { cause });
  });
  if (!response.ok) {
    throw new AppError('not-found', `The SQL parser could not be fetched: the server says ${response.status}.`);
  }
  return sqliteParser(await response.arrayBuffer());
}
