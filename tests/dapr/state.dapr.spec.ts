/** State, secrets and bindings behind a sidecar. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createDaprState, createSidecarClient, readSecret, SidecarError } from '@ecommercestack/kit/dapr';
import type { SidecarClient } from '@ecommercestack/kit/dapr';
import { stateStoreContract } from '@ecommercestack/kit/testing';
import { startRedis } from '@ecommercestack/local/parts';
import { startSidecar } from '../src/sidecar.ts';
import type { Sidecar } from '../src/sidecar.ts';
import { component } from '../src/sidecars/components.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-state-'));
});
after(() => rm(dir, { recursive: true, force: true }));

stateStoreContract('Dapr state on Redis', async () => {
  const redis = await startRedis({ dir: path.join(dir, 'redis') });
  const carts = component('carts', 'state.redis', { redisHost: redis.address, keyPrefix: 'name' });
  const sidecar = await startSidecar({ dir, appId: 'order', resources: { 'carts.yaml': carts } });
  const client = createSidecarClient({ url: sidecar.url });
  return {
    store: createDaprState({ client, store: 'carts', parse: (value) => value }),
    elapse: (seconds) => pause(seconds * 1_000),
    close: async () => {
      await client.close();
      await sidecar.stop();
      await redis.stop();
    },
  };
});

describe('secrets', () => {
  let sidecar: Sidecar;
  let client: SidecarClient;
  const values = { DATABASE_URL: 'postgres://shop:secret@db/order', WEBHOOK_SECRET: 'whsec_1' };

  before(async () => {
    const secretsFile = path.join(dir, 'secrets.json');
    await writeFile(secretsFile, JSON.stringify({ order: values }));
    sidecar = await startSidecar({
      dir: path.join(dir, 'secrets'),
      appId: 'order',
      env: { order: JSON.stringify(values) },
      resources: {
        'file.yaml': component('file', 'secretstores.local.file', { secretsFile, multiValued: 'true' }),
        'env.yaml': component('env', 'secretstores.local.env', {}),
      },
    });
    client = createSidecarClient({ url: sidecar.url });
  });
  after(async () => {
    await client.close();
    await sidecar.stop();
  });

  for (const store of ['file', 'env']) {
    it(`are the keys of the app's own secret, from the store ${store}`, async () => {
      assert.deepEqual(await readSecret(client, store, 'order'), values);
    });
  }

  it('that are missing fail the start, without a value in the message', async () => {
    await assert.rejects(readSecret(client, 'file', 'payment'), SidecarError);
    await assert.rejects(readSecret(client, 'nowhere', 'order'), SidecarError);
  });
});
