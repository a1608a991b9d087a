import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accepted, ApiError, fieldConflicts, isGone, type Answer } from './answers.ts';

const answer = (status: number, body: object = {}): Answer => ({ status, body });
const held = (manager: string, field: string) => ({
  reason: 'FieldManagerConflict',
  message: `conflict with "${manager}" using apps/v1`,
  field,
});

describe('an answer of the API server', () => {
  test('names who holds which fields', () => {
    const causes = [held('helm', '.spec.replicas'), held('kubectl', '.data'), held('helm', '.spec.paused')];
    assert.deepEqual(fieldConflicts(answer(409, { reason: 'Conflict', details: { causes } })), [
      { manager: 'helm', fields: ['.spec.replicas', '.spec.paused'] },
      { manager: 'kubectl', fields: ['.data'] },
    ]);
  });

  test('that is about something else names nobody', () => {
    assert.equal(fieldConflicts(answer(409, { message: 'the object has been modified' })), undefined);
    assert.equal(fieldConflicts(answer(422, { details: { causes: [held('helm', '.spec')] } })), undefined);
  });

  const terminating = { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } };
  for (const [what, one, expected] of [
    ['what is not there', answer(404), true],
    ['a definition that is being deleted', answer(405), true],
    ['a namespace that is being deleted', answer(403, terminating), true],
    ['a right that is missing', answer(403, { reason: 'Forbidden' }), false],
    ['a server in trouble', answer(500), false],
  ] as const)
    test(`${what} ${expected ? 'counts' : 'does not count'} as gone`, () =>
      assert.equal(isGone(one), expected));

  test('that nobody expected is thrown, with the time to wait for', () => {
    const busy = answer(429, {
      reason: 'TooManyRequests',
      message: 'busy',
      details: { retryAfterSeconds: 2 },
    });
    assert.throws(
      () => accepted('the list of Pods', busy),
      (error) =>
        error instanceof ApiError &&
        error.retryAfterMs === 2_000 &&
        error.message === 'the list of Pods was answered 429 TooManyRequests: busy',
    );
    assert.throws(
      () => accepted('it', { ...busy, retryAfterMs: 1_000 }),
      (error) => error instanceof ApiError && error.retryAfterMs === 1_000,
    );
    assert.equal(accepted('it', answer(404), 404).status, 404);
  });

  test('of a proxy in between is understood as far as it goes', () => {
    assert.throws(() => accepted('it', answer(502, { message: 'Bad Gateway' })), /502 Unknown: Bad Gateway/);
    assert.throws(() => accepted('it', { status: 502, body: '<html>' }), /502 Unknown/);
  });
});
