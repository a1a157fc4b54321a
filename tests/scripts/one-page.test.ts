/** The page that is built of a script and its styles: its policy names both as they stand in it, and neither can end its tag. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pageText } from '../../scripts/one-page.mjs';

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const between = (page: string, from: string, to: string): string => page.split(from)[1]?.split(to)[0] ?? '';

test('the policy lets that script and those styles run, and nothing be asked or sent', () => {
  const page = pageText(' if (1 < 2) document.title = "</script><!-- <script>";\n', '\np > a { color: red }\n');
  const script = between(page, '\n<script>', '</script>\n');
  const style = between(page, '<style>', '</style>');
  expect(script).toBe('if (1 < 2) document.title = "<\\/script><\\!-- <script>";');
  expect(style).toBe('p > a { color: red }');
  const policy = between(page, 'Content-Security-Policy" content="', '"').split('; ');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`script-src ${hash(script)} 'wasm-unsafe-eval'`);
  expect(policy).toContain(`style-src ${hash(style)}`);
  expect(policy).toContain('connect-src data:');
  expect(page.replace(script, '')).not.toMatch(/https?:|src="|href="/);
  // A classifier is written behind it, line by line.
  expect(page.endsWith('</script>\n')).toBe(true);
});

test('what HTML would give back otherwise is refused', () => {
  expect(() => pageText('a;\r\nb;', '')).toThrow(/cannot hold/);
  expect(() => pageText('a;', 'p::before { content: "</style>" }')).toThrow(/cannot hold/);
});
