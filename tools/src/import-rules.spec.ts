import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importsOf, violationsOf } from './import-rules.ts';

const PACKAGES = ['contracts', 'event-store', 'invariants', 'kit', 'provider-simulator'];

function rules(file: string, specifier: string, keyword = 'import'): string[] {
  return violationsOf(file, `${keyword} { x } from '${specifier}';`, PACKAGES).map(({ rule }) => rule);
}

const FORBIDDEN: readonly (readonly [file: string, specifier: string, rule: RegExp])[] = [
  ['packages/contracts/src/orders.ts', '@ecommercestack/kit', /library imports no service/],
  ['packages/contracts/src/orders.ts', 'node:crypto', /contracts imports zod only/],
  ['packages/kit/src/http/server.ts', '@ecommercestack/contracts', /library imports no service/],
  ['packages/kit/src/bus.ts', '@ecommercestack/order', /library imports no service/],
  ['packages/event-store/src/relay.ts', '@ecommercestack/kit', /library imports no service/],
  ['packages/event-store/src/relay.ts', '../../kit/src/bus.ts', /by its name, never by a path/],
  ['services/order/src/app.ts', '@ecommercestack/payment', /no other service/],
  ['services/order/src/app.ts', '../../payment/src/app.ts', /by its name, never by a path/],
  ['services/order/src/app.ts', '@ecommercestack/local', /no other service/],
  ['services/order/src/app.ts', '@ecommercestack/tests/openapi', /no other service/],
  ['services/order/src/app.ts', '@ecommercestack/event-store/testing', /test helpers are for specs/],
  ['services/order/src/features/place-order/route.ts', '../cancel-order/handler.ts', /another feature/],
  ['services/order/src/features/place-order/x.spec.ts', '../cancel-order/handler.ts', /another feature/],
  ['services/order/src/features/place-order/route.ts', '../../adapters/store.ts', /only app\.ts/],
  ['services/order/src/main.ts', './features/place-order/route.ts', /only app\.ts/],
  ['services/order/src/domain/decide.ts', 'node:crypto', /the domain is pure/],
  ['services/order/src/domain/decide.ts', 'pg', /the domain is pure/],
  ['services/order/src/domain/decide.ts', 'express', /the domain is pure/],
  ['services/order/src/domain/decide.ts', '../config.ts', /the domain is pure/],
  ['services/order/src/domain/decide.ts', '@ecommercestack/event-store', /the domain is pure/],
  ['tests/src/oversell.e2e.spec.ts', '@ecommercestack/order', /nothing imports a service/],
  ['tests/src/oversell.e2e.spec.ts', '@ecommercestack/kit', /they import contracts only/],
  ['tools/test.ts', '@ecommercestack/order', /nothing imports a service/],
  ['operator/src/desired/build.ts', 'node:fs', /decides without a cluster/],
  ['operator/src/checks/cluster.ts', '../kube/port.ts', /decides without a cluster/],
  ['operator/src/status/status.ts', '@ecommercestack/kit', /decides without a cluster/],
  ['operator/src/reconcile/loop.ts', '@kubernetes/client-node', /only operator\/src\/kube/],
];

const ALLOWED: readonly (readonly [file: string, specifier: string])[] = [
  ['packages/contracts/src/orders.ts', 'zod'],
  ['packages/contracts/src/orders.ts', './money.ts'],
  ['packages/contracts/src/orders.spec.ts', 'node:test'],
  ['packages/invariants/src/check.ts', '@ecommercestack/contracts'],
  ['packages/kit/src/storage.ts', '@ecommercestack/event-store'],
  ['services/order/src/app.ts', './features/place-order/route.ts'],
  ['services/order/src/app.ts', './adapters/store.ts'],
  ['services/order/src/adapters/store.ts', '../features/place-order/ports.ts'],
  ['services/order/src/features/place-order/route.ts', '../../domain/decide.ts'],
  ['services/order/src/features/place-order/x.int.spec.ts', '../../adapters/store.ts'],
  ['services/order/src/features/place-order/x.int.spec.ts', '@ecommercestack/event-store/testing'],
  ['services/order/src/domain/decide.ts', '@ecommercestack/contracts'],
  ['services/order/src/domain/decide.spec.ts', 'fast-check'],
  ['services/gateway/src/testing/http.ts', '@ecommercestack/tests/openapi'],
  ['local/src/main.ts', '@ecommercestack/order'],
  ['bench/src/main.ts', '@ecommercestack/order'],
  ['tests/src/oversell.e2e.spec.ts', '@ecommercestack/contracts'],
  ['tests/dapr/bus.dapr.spec.ts', '@ecommercestack/kit/testing'],
  ['tests/src/sidecar.ts', '@ecommercestack/local/parts'],
  ['operator/src/desired/hash.ts', 'node:crypto'],
  ['operator/src/status/status.ts', '../reconcile/picture.ts'],
  ['operator/src/desired/build.spec.ts', 'node:test'],
  ['operator/src/kube/client.ts', '@kubernetes/client-node'],
];

void describe('import rules', () => {
  for (const [file, specifier, rule] of FORBIDDEN) {
    void it(`refuse ${specifier} in ${file}`, () => {
      const [broken] = rules(file, specifier);
      assert.match(broken ?? 'nothing', rule);
    });
  }

  for (const [file, specifier] of ALLOWED) {
    void it(`allow ${specifier} in ${file}`, () => {
      assert.deepEqual(rules(file, specifier), []);
    });
  }

  void it('let the domain have the types of a library, but no code of it', () => {
    const file = 'services/order/src/domain/decide.ts';
    assert.deepEqual(rules(file, '@ecommercestack/event-store', 'import type'), []);
    assert.equal(rules(file, 'pg', 'import type').length, 1);
  });
});

void describe('the imports of a file', () => {
  void it('are found in every form', () => {
    const source = `
      import a from 'default'; import type { B } from 'types'; import { type C, d } from 'mixed'; import 'effect';
      export { e } from 'passed'; export * from 'all'; export type { F } from 'passed-type';
      const g = await import('dynamic'); const h = "import x from 'text'";`;
    assert.deepEqual(
      importsOf('x.ts', source).map(({ specifier, typeOnly }) =>
        typeOnly ? `type ${specifier}` : specifier,
      ),
      ['default', 'type types', 'mixed', 'effect', 'passed', 'all', 'type passed-type', 'dynamic'],
    );
  });

  void it('are not guessed when the file cannot be parsed', () => {
    assert.throws(() => importsOf('x.ts', 'import { from'), /x\.ts/);
  });
});
