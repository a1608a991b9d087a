import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { messageReaders, settingsOf, stack } from '@ecommercestack/contracts';
import { createMetricsRegistry } from '@ecommercestack/kit';
import type { ServiceApp } from '@ecommercestack/kit';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { parse, parseAllDocuments } from 'yaml';
import { configurationOf, secretsOf } from './environment.ts';
import { backends, buildBackend } from './services.ts';
import type { Backend, Runtime } from './services.ts';

interface SubscriptionFile {
  readonly spec: { readonly topic: string };
}

interface ConfigurationFile {
  readonly spec: {
    readonly accessControl: {
      readonly policies: readonly { readonly operations: readonly { readonly name: string }[] }[];
    };
  };
}

const read = (file: string) =>
  readFileSync(new URL(`../../dapr-components/${file}`, import.meta.url), 'utf8');

/** What the files say is checked against the contracts elsewhere; here, against what the code really does. */
describe('the files of the sidecars', () => {
  let apps: ReadonlyMap<Backend, ServiceApp>;

  before(() => {
    const surroundings = {
      databases: Object.fromEntries(backends.map((name) => [name, `postgres://nobody@127.0.0.1:1/${name}`])),
      provider: { url: 'http://127.0.0.1:1', webhookSecret: 'webhook' },
    };
    const resource = stack.parse({
      apiVersion: 'ecommercestack.io/v1alpha1',
      kind: 'EcommerceStack',
      metadata: { name: 'shop' },
      spec: { version: '1.0.0' },
    });
    const settings = settingsOf(resource, 1);
    const unused = () => Promise.reject(new Error('nothing is sent'));
    const runtime: Runtime = {
      publisher: { publish: unused },
      invoker: { call: unused, stream: unused },
      logger: memoryLogger('local'),
      registry: createMetricsRegistry(),
      settings: { current: () => settings, subscribe: () => () => undefined },
      environment: (service) => ({
        ...secretsOf(service, surroundings),
        ...configurationOf(service, surroundings),
      }),
    };
    apps = new Map(backends.map((name) => [name, buildBackend(name, 'stable', '1.0.0', runtime)]));
  });

  it('are read by exactly those whose dead letters the gateway shows', () => {
    const readers = backends.filter((name) => apps.get(name)?.subscriptions.length !== 0);
    assert.deepEqual(readers.toSorted(), messageReaders.toSorted());
  });

  for (const service of backends) {
    for (const broker of ['kafka', 'redis']) {
      it(`subscribe ${service} on ${broker} to what its code reads`, () => {
        const topics = parseAllDocuments(read(`${broker}/subscriptions/${service}.yaml`))
          .map((document) => (document.toJS() as SubscriptionFile).spec.topic)
          .filter((topic) => !topic.endsWith('.dead-letters'));
        const wanted = apps.get(service)?.subscriptions.map(({ topic }) => topic) ?? [];
        assert.deepEqual(topics.toSorted(), wanted.toSorted());
      });
    }

    it(`let others call what ${service} offers, and nothing else`, () => {
      const { spec } = parse(read(`configuration/${service}.yaml`)) as ConfigurationFile;
      const named = spec.accessControl.policies.flatMap(({ operations }) =>
        operations.map(({ name }) => name.replace('/methods/', '')),
      );
      const methods = apps.get(service)?.methods;
      const offered = [...(methods?.unary.keys() ?? []), ...(methods?.stream.keys() ?? [])];
      assert.deepEqual([...new Set(named)].toSorted(), offered.toSorted());
    });
  }
});
