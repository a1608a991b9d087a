import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokenLinks, relativeLinks } from './links.ts';

void describe('links', () => {
  void it('are found inline, with a title and by reference, without their fragment', () => {
    const text = '[a](x.md) ![b](<y z.png>) [c](d/e.md#part "title")\n[f]: ../g.md\n';
    assert.deepEqual(relativeLinks(text.replace('y z', 'y%20z')), ['x.md', 'y z.png', 'd/e.md', '../g.md']);
  });

  void it('to other sites, to headings and in code are none of our business', () => {
    const text = '[a](https://x.org) [b](#part) [c](mailto:a@b.c) `[d](e.md)`\n```\n[f](g.md)\n```\n';
    assert.deepEqual(relativeLinks(text), []);
  });

  void it('are broken when nothing is where they lead', () => {
    const exists = (file: string) => ['README.md', 'docs/a.md'].includes(file);
    assert.deepEqual(
      brokenLinks('docs/a.md', '[x](../README.md) [y](a.md) [z](b.md) [w](/README.md)', exists),
      ['b.md'],
    );
  });
});
