import { expect, test } from 'vitest';
import { nodeCheckTools } from '../helpers/check-tools';

const parse = await nodeCheckTools.sql();

test.each([
  'SELECT 1',
  'SELECT "a" FROM [t] AS x WHERE b = ?1 ;',
  "SELECT a FROM t WHERE b = 'it''s' LIMIT 3",
  'SELECT a, count(*) OVER (PARTITION BY b) FROM nowhere GROUP BY 1 HAVING nosuch(2) > 1',
  'WITH c AS (SELECT 1) SELECT * FROM c UNION SELECT 2',
  'WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c',
  'INSERT INTO t VALUES (1, 2)',
  'UPDATE t SET a = 1 WHERE b = 2',
  'DELETE FROM t WHERE a IN (SELECT 1)',
  'CREATE TABLE q (a int, b text)',
  'ALTER TABLE a ADD COLUMN b int',
  'SELECT 1; SELECT 2 -- done',
  "UPDATE t SET a = ';' ; SELECT 1",
  '/* why */ SELECT 1;',
])('reads: %s', (sql) => {
  expect(parse(sql)).toBe(true);
});

test.each([
  ...['', '   ', '-- nothing', 'hello world', 'SELECT', 'SELECT a FROM t WHERE', "SELECT 'abc", 'SELECT 1 FROM t x y'],
  ...['SELECT 1; garbage', 'INSERT INTO t VALUES (1', 'UPDATE t SET a=1 c d', 'DELETE FROM t WHERE a == = 3'],
  ...[
    'WITH c AS (SELECT 1) SELECT',
    'SELECT a > ALL (SELECT b FROM c) FROM d',
    '```sql\nSELECT 1\n```',
    'Sure: SELECT 1',
  ],
  ...['UPDATE t SET a = 1; SELECT FROM', 'CREATE TABLE q (a int) gg'],
])('does not read: %s', (sql) => {
  expect(parse(sql)).toBe(false);
});

test('it does not say what it cannot know, and is well afterwards', () => {
  expect(parse('PRAGMA hard_heap_limit = 1')).toBeNull();
  expect(parse('EXPLAIN QUERY PLAN PRAGMA user_version')).toBeNull();
  expect(parse(`SELECT ${'x'.repeat(1_000_001)}`)).toBeNull();
  expect(parse(`SELECT ${'1+'.repeat(5_000)}1`)).toBeNull();
  expect(parse(`SELECT ${'('.repeat(200_000)}`)).not.toBe(true);
  expect(parse('SELECT 1')).toBe(true);
});

test('it keeps nothing of a text, however many there are', () => {
  for (let i = 0; i < 2_000; i++) expect(parse(`CREATE TABLE t (a int); SELECT ${i} FROM t`)).toBe(true);
});
