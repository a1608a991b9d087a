import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { admit, after, closedBreaker, record } from './circuit-breaker.ts';
import type { BreakerSettings, BreakerState, Permit } from './circuit-breaker.ts';

const usual: BreakerSettings = { failureThreshold: 5, openSeconds: 60, halfOpenRequests: 3 };

/** A breaker on a clock that the test moves. */
function start(settings: BreakerSettings = usual) {
  let state: BreakerState = closedBreaker;
  let now = 0;
  let inForce = settings;
  const ask = (): Permit | undefined => {
    const admission = admit(state, inForce, now);
    state = admission.state;
    return admission.permit;
  };
  const report = (permit: Permit, result: 'success' | 'failure') => {
    state = record(state, permit, result, inForce, now);
  };
  return {
    ask,
    report,
    call(result: 'success' | 'failure') {
      const permit = ask();
      if (permit !== undefined) report(permit, result);
      return permit !== undefined;
    },
    wait(seconds: number) {
      now += seconds * 1000;
    },
    change(changed: Partial<BreakerSettings>) {
      inForce = { ...inForce, ...changed };
    },
    name: () => after(state, inForce, now).name,
  };
}

function times<T>(count: number, act: () => T): T[] {
  return Array.from({ length: count }, act);
}

describe('the circuit breaker', () => {
  it('keeps the timeline 5 failures, 60 s, 3 trials', () => {
    const breaker = start();
    times(4, () => breaker.call('failure'));
    assert.equal(breaker.name(), 'CLOSED');
    breaker.call('failure');
    assert.equal(breaker.name(), 'OPEN');
    breaker.wait(59.999);
    assert.equal(breaker.call('success'), false);
    breaker.wait(0.001);
    assert.equal(breaker.name(), 'HALF-OPEN');
    times(2, () => breaker.call('success'));
    assert.equal(breaker.name(), 'HALF-OPEN');
    breaker.call('success');
    assert.equal(breaker.name(), 'CLOSED');
    times(4, () => breaker.call('failure'));
    assert.equal(breaker.name(), 'CLOSED');
  });

  it('counts consecutive failures only', () => {
    const breaker = start();
    times(4, () => breaker.call('failure'));
    breaker.call('success');
    times(4, () => breaker.call('failure'));
    assert.equal(breaker.name(), 'CLOSED');
  });

  it('admits as many trials as asked for, and no more while they run', () => {
    const breaker = start();
    times(5, () => breaker.call('failure'));
    breaker.wait(60);
    const permits = times(4, () => breaker.ask());
    assert.deepEqual(
      permits.map((permit) => permit !== undefined),
      [true, true, true, false],
    );
  });

  it('opens for the whole time again when one trial fails', () => {
    const breaker = start();
    times(5, () => breaker.call('failure'));
    breaker.wait(60);
    times(2, () => breaker.call('success'));
    breaker.call('failure');
    assert.equal(breaker.name(), 'OPEN');
    breaker.wait(59);
    assert.equal(breaker.name(), 'OPEN');
    breaker.wait(1);
    assert.equal(breaker.name(), 'HALF-OPEN');
  });

  it('ignores results of calls that began before the last transition', () => {
    const breaker = start();
    const late = breaker.ask();
    assert.ok(late);
    times(5, () => breaker.call('failure'));
    breaker.wait(60);
    assert.ok(breaker.ask());
    breaker.report(late, 'failure');
    assert.equal(breaker.name(), 'HALF-OPEN');
    breaker.report(late, 'success');
    assert.equal(breaker.name(), 'HALF-OPEN');
  });

  it('follows settings that change while it runs', () => {
    const breaker = start();
    times(3, () => breaker.call('failure'));
    breaker.change({ failureThreshold: 4 });
    breaker.call('failure');
    assert.equal(breaker.name(), 'OPEN');
    breaker.change({ openSeconds: 1 });
    breaker.wait(1);
    assert.equal(breaker.name(), 'HALF-OPEN');
    times(2, () => breaker.call('success'));
    breaker.change({ halfOpenRequests: 2 });
    assert.equal(breaker.name(), 'CLOSED');
  });

  it('never gets stuck: after any history, waiting and successes close it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const breaker = start();
        const history = runner(breaker);
        for (const each of steps) history.run(each);
        history.finish('failure');
        breaker.wait(60);
        times(5, () => breaker.call('success'));
        assert.equal(breaker.name(), 'CLOSED');
      }),
    );
  });

  it('agrees with the state table in any history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const breaker = start();
        const model = createModel();
        const real = runner(breaker);
        const modelled = runner(model);
        for (const each of steps) {
          assert.equal(real.run(each), modelled.run(each), JSON.stringify(each));
          assert.equal(breaker.name(), model.name(), JSON.stringify(each));
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Step =
  | { readonly kind: 'ask' }
  | { readonly kind: 'report'; readonly index: number; readonly result: 'success' | 'failure' }
  | { readonly kind: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const) }),
  fc.record({
    kind: fc.constant('report' as const),
    index: fc.nat(9),
    result: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const),
  }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(0.5, 30, 60) }),
);

interface Subject<P> {
  ask(): P | undefined;
  report(permit: P, result: 'success' | 'failure'): void;
  wait(seconds: number): void;
}

function runner<P>(subject: Subject<P>) {
  const open: P[] = [];
  return {
    finish(result: 'success' | 'failure') {
      for (const permit of open.splice(0)) subject.report(permit, result);
    },
    run(each: Step): boolean {
      if (each.kind === 'wait') {
        subject.wait(each.seconds);
        return true;
      }
      if (each.kind === 'ask') {
        const permit = subject.ask();
        if (permit !== undefined) open.push(permit);
        return permit !== undefined;
      }
      const [permit] = open.splice(each.index % Math.max(1, open.length), 1);
      if (permit !== undefined) subject.report(permit, each.result);
      return permit !== undefined;
    },
  };
}

/** The state table, written as plainly as it can be: a list of results since the last transition. */
function createModel() {
  let now = 0;
  let period: { name: BreakerState['name']; since: number; asked: number; results: string[] };
  const enter = (name: BreakerState['name']) => {
    period = { name, since: now, asked: 0, results: [] };
  };
  period = { name: 'CLOSED', since: 0, asked: 0, results: [] };
  const tick = () => {
    if (period.name === 'OPEN' && now - period.since >= 60) enter('HALF-OPEN');
  };
  return {
    ask() {
      tick();
      if (period.name === 'OPEN' || (period.name === 'HALF-OPEN' && period.asked === 3)) return undefined;
      period.asked += 1;
      return period;
    },
    report(of: typeof period, result: 'success' | 'failure') {
      if (of !== period) return;
      period.results.push(result);
      if (period.name === 'HALF-OPEN' && result === 'failure') enter('OPEN');
      else if (period.name === 'HALF-OPEN' && period.results.length === 3) enter('CLOSED');
      else if (
        period.name === 'CLOSED' &&
        period.results.slice(-5).filter((each) => each === 'failure').length === 5
      ) {
        enter('OPEN');
      }
    },
    wait(seconds: number) {
      now += seconds;
    },
    name() {
      tick();
      return period.name;
    },
  };
}
