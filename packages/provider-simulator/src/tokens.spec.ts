import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { tokenBehaviours } from './tokens.ts';

it('the README lists the tokens as they behave', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(tok_\w+)` +\| (.*?) +\|$/gm)].map(([, token, summary]) => [
    token,
    summary,
  ]);
  assert.deepEqual(
    rows,
    [...tokenBehaviours].map(([token, { summary }]) => [token, summary]),
  );
});
