/** The components as the chart of a shop writes them, in a real sidecar. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startRedis, type Redis } from '@ecommercestack/local/parts';
import { fetch } from 'undici';
import { CHARTS, helmFor } from '../src/cluster-packaging.ts';
import { startSidecar } from '../src/sidecar.ts';

void describe('the components of charts/platform', () => {
  let folder: string;
  let redis: Redis;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'packaging-components-spec-'));
    redis = await startRedis({ dir: path.join(folder, 'redis') });
  });
  after(async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function components(host: string): Promise<string> {
    const helm = helmFor('', path.join(folder, 'helm'));
    const only = ['--show-only=templates/components.yaml', '--kube-version=1.34.4'];
    const values = `--set=components.redis.host=${host},components.redis.secretName=`;
    return helm('template', 'shop', path.join(CHARTS, 'platform'), ...only, values);
  }

  for (const [appId, expected] of [
    ['order', ['carts', 'pubsub']],
    ['catalog-canary', ['pubsub']],
    ['gateway', []],
  ] as const) {
    it(`give ${appId} what it may use, connected to the server of the values`, async () => {
      const dir = path.join(folder, appId);
      const resources = { 'components.yaml': await components(redis.address) };
      const sidecar = await startSidecar({ dir, appId, resources });
      try {
        const answer = await fetch(`${sidecar.url}/v1.0/metadata`);
        const loaded = (await answer.json()) as { components?: readonly { readonly name: string }[] };
        assert.deepEqual((loaded.components ?? []).map(({ name }) => name).toSorted(), expected);
      } finally {
        await sidecar.stop();
      }
    });
  }

  it('keep carts where every version of order finds them', async () => {
    const resources = { 'components.yaml': await components(redis.address) };
    const sidecars = await Promise.all(
      ['order', 'order-canary'].map((appId) =>
        startSidecar({ dir: path.join(folder, `carts-${appId}`), appId, resources }),
      ),
    );
    const [stable, canary] = sidecars;
    try {
      assert.ok(stable && canary);
      const body = JSON.stringify([{ key: 'ada', value: { items: 1 } }]);
      const headers = { 'content-type': 'application/json' };
      await fetch(`${stable.url}/v1.0/state/carts`, { method: 'POST', headers, body });
      const found = await fetch(`${canary.url}/v1.0/state/carts/ada`);
      assert.deepEqual(await found.json(), { items: 1 });
    } finally {
      for (const sidecar of sidecars) await sidecar.stop();
    }
  });
});
