import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, numberOf, readArgs, settingsOf } from './args.ts';

test('a command, its target and its options are read; open letters are meant unless others are named', () => {
  const { command, target, options } = readArgs(['replay', 'order/17', '--as', 'ann', '--json']) ?? {};
  assert.deepEqual([command, target], ['replay', 'order/17']);
  assert.deepEqual(
    [options?.as, options?.json, options?.status, options?.data],
    ['ann', true, 'open', '.data'],
  );
  assert.equal(readArgs(['--help']), undefined);
});

for (const [argv, message] of [
  [[], /Which command/],
  [['resend'], /no command resend/],
  [['show', 'order/1', 'order/2'], /What is order\/2/],
  [['list', '--status', 'closed'], /--status must be one of open, replayed, discarded, any/],
  [['list', '--colour'], /--colour/],
] as const) {
  test(`deadletters ${argv.join(' ')} is refused`, () => {
    assert.throws(() => readArgs(argv), { name: 'TypeError', message });
  });
}

test('a letter is named by its service and id', () => {
  assert.deepEqual(addressOf('order/17'), { service: 'order', id: '17' });
  for (const wrong of [undefined, 'order', 'order/', 'order/x', 'gateway/1', 'order/1/2'])
    assert.throws(() => addressOf(wrong), TypeError, wrong);
});

test('what is set is JSON, or else text, and may hold an equals sign', () => {
  assert.deepEqual(settingsOf(['a=1', 'b={"c":[true]}', 'd=tok_ok', 'e=x=y', 'f=']), {
    a: 1,
    b: { c: [true] },
    d: 'tok_ok',
    e: 'x=y',
    f: '',
  });
  assert.throws(() => settingsOf(['=1']), TypeError);
});

test('a number is a number', () => {
  assert.equal(numberOf('--limit', '0.5'), 0.5);
  for (const wrong of ['', ' ', 'many', 'NaN', 'Infinity'])
    assert.throws(() => numberOf('--limit', wrong), TypeError);
});
