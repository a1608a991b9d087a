import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  cacheOpsMethods,
  catalogMethods,
  inventoryMethods,
  notificationMethods,
  opsMethods,
  orderMethods,
  paymentMethods,
} from '../methods/index.ts';
import type { MethodContracts } from '../define.ts';
import { isProblemCode } from '../problems.ts';
import { routes } from './routes.ts';

const methods: Readonly<Record<string, MethodContracts>> = {
  catalog: catalogMethods,
  gateway: { ...opsMethods, ...cacheOpsMethods },
  inventory: inventoryMethods,
  notification: notificationMethods,
  order: orderMethods,
  payment: paymentMethods,
};

/** Values that satisfy the path parameters, to see what reaches the service. */
const params = {
  sku: 'TEA-1',
  orderId: '0198f7a0-0000-7000-8000-000000000001',
  service: 'order',
  id: '17',
  replayId: 'r1',
};

describe('the route table', () => {
  test('names each route once', () => {
    const ids = routes.map((route) => route.id);
    assert.deepEqual(ids, [...new Set(ids)]);
    const addresses = routes.map((route) => `${route.method} ${route.path}`);
    assert.deepEqual(addresses, [...new Set(addresses)]);
  });

  for (const route of routes) {
    describe(`${route.method} ${route.path}`, () => {
      const contract = methods[route.service]?.[route.call];

      test('calls a method that its service offers, streaming where that streams', () => {
        assert.ok(contract, `${route.service} has no ${route.call}`);
        assert.equal(route.stream ?? false, contract.stream ?? false);
      });

      test('declares a schema for exactly the parameters of its path', () => {
        const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        assert.deepEqual(Object.keys(route.params?.shape ?? {}), inPath);
      });

      test('hands on what the method takes when no more is given than must be', () => {
        const needsQuery = route.query?.safeParse({}).success === false;
        if (route.body || route.rawBody || needsQuery || route.bulk?.kind === 'import') return;
        const given = Object.fromEntries(
          Object.keys(route.params?.shape ?? {}).map((name) => [name, params[name as keyof typeof params]]),
        );
        const input = route.toInput({ params: given, query: {}, headers: {}, body: undefined });
        assert.equal(contract?.input.safeParse(input).success, true, JSON.stringify(input));
      });

      test('knows its problems', () => {
        assert.deepEqual(
          route.problems.filter((code) => !isProblemCode(code)),
          [],
        );
      });

      test('lets nobody change anything without a token or a signature', () => {
        if (route.method === 'get' || route.rawBody) return;
        assert.notEqual(route.access, 'public');
      });
    });
  }
});
