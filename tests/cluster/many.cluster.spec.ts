/** Many stacks at once; how long that takes is for `npm run bench:operator`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startShops, type Shops } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';

const STACKS = 20;

describe(`${STACKS} stacks`, { timeout: 600_000 }, () => {
  let made: Shops;
  before(async () => {
    made = await startShops(STACKS);
  });
  after(() => made.stop());

  test('become ready when all are applied at once, and are left alone by an operator that starts again', async () => {
    await Promise.all(made.shops.map((stack) => stack.spec({ version: '1' })));
    for (const stack of made.shops) await stack.until('Ready', 'True');
    for (const stack of made.shops) await stack.until('Progressing', 'False');
    await eventually('nothing is left to do', async () => {
      return (await made.operator().figure('operator_queue_depth')) === 0;
    });
    const versions = async () => {
      const children = await Promise.all(made.shops.map((stack) => stack.children()));
      return children.map((all) =>
        [...all].map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`),
      );
    };
    const before = await versions();
    await made.restart();
    const operator = made.operator();
    await eventually('it has looked at all of them', async () => {
      const looks = await operator.figure('operator_reconciles_total');
      return looks >= STACKS && (await operator.figure('operator_queue_depth')) === 0;
    });
    assert.equal(await operator.figure('operator_writes_total'), 0);
    assert.deepEqual(await versions(), before);
  });
});
