import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { RULES } from '../../../../src/ui/screens/privacy/rules';

const html = await readFile(new URL('../../../../index.html', import.meta.url), 'utf8');
const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? '';
const directives = policy.split(';').map((directive) => directive.trim());

test('each rule that the page tells of stands in its policy, word for word', () => {
  for (const rule of RULES) expect(directives).toContain(rule.policy);
});

test('the policy allows no other server, no inline script or style and no eval', () => {
  expect(directives[0]).toBe("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*|'unsafe-inline'|'unsafe-eval'|'strict-dynamic'/);
  expect(directives).toContain("connect-src 'self'");
  expect(directives).toContain("base-uri 'none'");
});

test('the page has no inline script, no inline style and no handler in its markup', () => {
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    expect(attributes).toContain('src="');
    expect(body).toBe('');
  }
});
