import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  currentTraceparent,
  formatTraceparent,
  parseTraceparent,
  traceFields,
  withRemoteParent,
} from './telemetry.ts';

const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparent', () => {
  it('is read and written', () => {
    const parsed = parseTraceparent(header);
    assert.deepEqual(parsed, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
    });
    assert.equal(formatTraceparent(parsed), header);
  });

  it('anything else is none', () => {
    const zeros = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
    for (const bad of [
      undefined,
      '',
      header.toUpperCase(),
      `${header}-x`,
      header.replace('00-', 'ff-'),
      zeros,
    ]) {
      assert.equal(parseTraceparent(bad), undefined);
    }
  });

  it('without an SDK nothing is traced, and everything still runs', () => {
    assert.equal(currentTraceparent(), undefined);
    assert.deepEqual(traceFields(), {});
    assert.equal(
      withRemoteParent(header, () => 42),
      42,
    );
  });
});
