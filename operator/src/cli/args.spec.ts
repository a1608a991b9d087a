import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readArgs } from './args.ts';

void describe('the command line of kubectl estack', () => {
  it('hands on to kubectl which cluster is meant, in one way of writing', () => {
    const args = readArgs(['status', '-n', 'shop', '--context', 'prod', '--as', 'ada', '-o', 'json']);
    assert.deepEqual(args?.connection, ['--namespace=shop', '--context=prod', '--as=ada']);
    assert.equal(args?.json, true);
  });

  it('takes a service where the command is about one', () => {
    assert.equal(readArgs(['promote', 'catalog'])?.service, 'catalog');
    assert.equal(readArgs(['abort', '--remove', 'catalog'])?.remove, true);
  });

  it('shows its usage when asked', () => {
    for (const argv of [['--help'], ['help'], ['status', '-h']]) assert.equal(readArgs(argv), undefined);
  });

  for (const [argv, message] of [
    [[], /^Which command\?$/],
    [['destroy'], /no command destroy/],
    [['promote'], /^promote which service\?$/],
    [['status', 'shop'], /^What is shop\?$/],
    [['promote', 'catalog', 'order'], /^What is order\?$/],
    [['status', '-o', 'yaml'], /json only/],
    [['status', '--weight', '5'], /--weight/],
  ] as const) {
    it(`refuses: ${argv.join(' ') || 'nothing at all'}`, () => {
      assert.throws(() => readArgs(argv), { name: 'TypeError', message });
    });
  }
});
