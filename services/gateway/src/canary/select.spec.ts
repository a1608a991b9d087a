import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CanarySettings } from '@ecommercestack/contracts';
import type { Identity } from '../authentication/identity.ts';
import { testSettings } from '../testing/gateway.ts';
import { selectApp } from './select.ts';

const customer: Identity = { kind: 'customer', id: 'ada', roles: ['customer'] };
const staff: Identity = { kind: 'customer', id: 'eve', roles: ['support'] };
const stable = { variant: 'stable', appId: 'catalog', version: '1.0.0', forced: false };
const canary = { variant: 'canary', appId: 'catalog-canary', version: '2.0.0', forced: false };

function select(identity: Identity, wish: string | undefined, chosen?: Partial<CanarySettings>, draw = 0) {
  const plain = testSettings();
  const rollout = { version: '2.0.0', weight: 50, sticky: true, salt: 's', ...chosen };
  const catalog = { ...plain.services.catalog, ...(chosen !== undefined && { canary: rollout }) };
  const settings = { ...plain, services: { ...plain.services, catalog } };
  return selectApp({ settings, service: 'catalog', identity, wish, random: () => draw });
}

describe('choice of the app', () => {
  it('is the service itself where there is no canary, whatever anybody wishes', () => {
    assert.deepEqual(select(customer, undefined), stable);
    assert.deepEqual(select(staff, 'always'), stable);
  });

  it('follows the weight', () => {
    assert.deepEqual(select(customer, undefined, { weight: 100 }), canary);
    assert.deepEqual(select(customer, undefined, { weight: 0 }), stable);
  });

  it('obeys staff and nobody else', () => {
    assert.deepEqual(select(staff, 'always', { weight: 0 }), { ...canary, forced: true });
    assert.deepEqual(select(staff, 'never', { weight: 100 }), { ...stable, forced: true });
    assert.deepEqual(select(customer, 'always', { weight: 0 }), stable);
    assert.deepEqual(select(customer, 'never', { weight: 100 }), canary);
    assert.deepEqual(select({ kind: 'guest', id: 'guest:1' }, 'always', { weight: 0 }), stable);
  });

  it('draws for each request where it is not sticky', () => {
    const rollout = { weight: 30, sticky: false };
    assert.equal(select(customer, undefined, rollout, 0.299).variant, 'canary');
    assert.equal(select(customer, undefined, rollout, 0.3).variant, 'stable');
  });
});
