/** The files of dapr-components/ in real sidecars, on real servers that ask for a password. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fetch } from 'undici';
import { eventually } from '../src/eventually.ts';
import type { Sidecar } from '../src/sidecar.ts';
import { startServers, startShipped } from '../src/sidecars/shipped.ts';
import type { Servers } from '../src/sidecars/shipped.ts';
import { startStandIn } from '../src/sidecars/stand-in.ts';
import type { StandIn } from '../src/sidecars/stand-in.ts';

const reads: Readonly<Record<string, readonly string[]>> = {
  gateway: [],
  order: ['inventory.events', 'payment.events'],
  inventory: ['inventory.commands', 'catalog.events'],
  payment: ['payment.commands'],
  catalog: ['catalog.events', 'inventory.stock'],
  notification: ['order.events'],
};

interface Metadata {
  readonly components: readonly { readonly name: string; readonly type: string }[];
  readonly subscriptions?: readonly { readonly topic: string; readonly deadLetterTopic?: string }[];
}

async function metadataOf({ url }: Sidecar): Promise<Metadata> {
  return (await (await fetch(`${url}/v1.0/metadata`)).json()) as Metadata;
}

for (const broker of ['redis', 'kafka'] as const) {
  describe(`the sidecars on ${broker}`, () => {
    let dir: string;
    let servers: Servers;
    let app: StandIn;

    before(async () => {
      dir = await mkdtemp(path.join(tmpdir(), `ecommercestack-${broker}-`));
      servers = await startServers(broker, dir);
      app = await startStandIn();
    });
    after(async () => {
      await app.close();
      await servers.stop();
      await rm(dir, { recursive: true, force: true });
    });

    const start = (appId: string, appPort?: number) =>
      startShipped({ appId, dir, servers, ...(appPort !== undefined && { appPort }) });

    for (const [service, topics] of Object.entries(reads)) {
      const variants = service === 'gateway' ? [service] : [service, `${service}-canary`];
      for (const appId of variants) {
        it(`give ${appId} its components, its topics and its policies, and no others`, async () => {
          const sidecar = await start(appId, service === 'gateway' ? undefined : app.port);
          try {
            if (service !== 'gateway') await sidecar.whole();
            const { components, subscriptions = [] } = await metadataOf(sidecar);
            const expected = [
              'secrets',
              ...(service === 'gateway' ? [] : ['pubsub']),
              ...(service === 'order' ? ['carts'] : []),
            ];
            assert.deepEqual(components.map(({ name }) => name).toSorted(), expected.toSorted());

            const own = `${appId}.dead-letters`;
            const wanted = appId === service && topics.length > 0 ? [...topics, own] : [];
            assert.deepEqual(subscriptions.map(({ topic }) => topic).toSorted(), wanted.toSorted());
            for (const { topic, deadLetterTopic } of subscriptions)
              assert.equal(deadLetterTopic ?? '', topic === own ? '' : own);

            const metrics = await (await fetch(sidecar.metricsUrl)).text();
            const loaded = metrics.split('\n').filter((line) => line.startsWith('dapr_resiliency_loaded{'));
            assert.equal(loaded.length, 1, metrics.slice(0, 500));
            assert.match(loaded[0] ?? '', new RegExp(`name="${service}".* 1$`));
            const log = await readFile(sidecar.logFile, 'utf8');
            const complaints = log.split('\n').filter((line) => /level=(error|fatal)/.test(line));
            assert.deepEqual(complaints, []);
          } finally {
            await sidecar.stop();
          }
        });
      }
    }

    it('let each app publish its own topics, and read its own secrets', async () => {
      const sidecar = await start('payment');
      try {
        const publish = async (topic: string) => (await post(sidecar, topic, event('x'))).status;
        assert.equal(await publish('payment.events'), 204);
        assert.equal(await publish('payment.commands'), 403);
        assert.equal(await publish('order.events'), 403);
        const secret = async (name: string, store = 'secrets') =>
          (await fetch(`${sidecar.url}/v1.0/secrets/${store}/${name}`)).status;
        assert.equal(await secret('payment'), 200);
        assert.equal(await secret('order'), 403);
        assert.equal(await secret('kafka'), 403);
      } finally {
        await sidecar.stop();
      }
    });

    it('deliver everything after the service has been away, and set aside what cannot be delivered', async () => {
      const sender = await start('order');
      const reader = await start('payment', app.port);
      try {
        await reader.whole();
        // Slowly, so that the sidecar has its hands full when it notices.
        app.delayMs = 500;
        const ids = Array.from({ length: 2_000 }, (_, index) => `${broker}-${index}`);
        await publishAll(sender, ids);
        await eventually('the first events', async () => app.handled.length > 0);
        app.healthy = false;
        const log = () => readFile(reader.logFile, 'utf8');
        await eventually('the pause', async () => (await log()).includes('un-healthy'));
        app.delayMs = 0;
        app.healthy = true;
        const handled = () => new Set(app.handled);
        await eventually('all events', async () => handled().size >= ids.length);
        assert.deepEqual(
          ids.filter((id) => !handled().has(id)),
          [],
        );

        app.poison = 'poison';
        await post(sender, 'payment.commands', event('poison'));
        await post(sender, 'payment.commands', event('neighbour'));
        await post(sender, 'payment.commands', 'no JSON', { rawPayload: 'true' });
        await eventually('the neighbour', async () => handled().has('neighbour'));
        await eventually('the dead letters', async () => app.deadLetters.length >= 2);
        assert.ok(app.deadLetters.includes('no JSON'));
        const letter = app.deadLetters.find((each) => each.includes('poison')) ?? '{}';
        assert.partialDeepStrictEqual(JSON.parse(letter), { id: 'poison', type: 'authorise-payment' });
        assert.equal(handled().has('poison'), false);
      } finally {
        await Promise.all([sender.stop(), reader.stop()]);
      }
    });
  });
}

function event(id: string): string {
  const data = { orderId: id };
  const fields = { specversion: '1.0', source: 'order', type: 'authorise-payment', subject: id };
  return JSON.stringify({ ...fields, id, datacontenttype: 'application/json', data });
}

function post(
  sidecar: Sidecar,
  topic: string,
  body: string,
  metadata: Readonly<Record<string, string>> = {},
) {
  const pairs = Object.entries(metadata).map(([key, value]): [string, string] => [`metadata.${key}`, value]);
  const query = new URLSearchParams(pairs);
  const isEvent = metadata['rawPayload'] === undefined;
  const headers = { 'content-type': isEvent ? 'application/cloudevents+json' : 'text/plain' };
  const url = `${sidecar.url}/v1.0/publish/pubsub/${topic}?${query.toString()}`;
  return fetch(url, { method: 'POST', body, headers });
}

async function publishAll(sidecar: Sidecar, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += 100) {
    const entries = ids.slice(from, from + 100).map((id, index) => ({
      entryId: String(index),
      contentType: 'application/cloudevents+json',
      event: JSON.parse(event(id)) as unknown,
      metadata: { partitionKey: id },
    }));
    const response = await fetch(`${sidecar.url}/v1.0/publish/bulk/pubsub/payment.commands`, {
      method: 'POST',
      body: JSON.stringify(entries),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 204, await response.text());
  }
}
