import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { identity } from '../../postgres/owner.ts';
import { kubernetesVersion } from '../kubernetes.ts';
import type { Manifest } from './api.ts';
import { installDefinitions, readDefinitions } from './definitions.ts';
import { startControlPlane } from './start.ts';
import type { ControlPlane } from './start.ts';
import { until } from './until.ts';

interface Pod {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase: string };
}

describe('a control plane without extensions', () => {
  let dir: string;
  let plane: ControlPlane;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'control-plane-spec-'));
    plane = await startControlPlane({ dir, definitions: [] });
  });
  after(async () => {
    await plane.stop();
    assert.deepEqual(
      plane.pids.filter((pid) => identity(pid) !== undefined),
      [],
      'no process is left',
    );
    await rm(dir, { recursive: true, force: true });
  });

  const deployment = (name: string, image: string): Manifest => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'one', image }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: name } },
            },
          ],
        },
      },
    },
  });

  async function podsOf(app: string): Promise<readonly Pod[]> {
    const { body } = await plane.api.request(
      'GET',
      `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`,
    );
    return (body as { readonly items: readonly Pod[] }).items;
  }

  test('is the pinned version, and asks who calls', async () => {
    const version = (await plane.api.request('GET', '/version')).body as Record<string, string>;
    assert.equal(version['gitVersion'], `v${kubernetesVersion()}`);
    assert.equal(`${version['major']}.${version['minor']}`, '1.34');
    const whoAmI = await plane.api.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    });
    assert.equal(
      (whoAmI.body as { status: { userInfo: { username: string } } }).status.userInfo.username,
      'admin',
    );
  });

  test('starts pods in three zones, and ends them when their owner is deleted', async () => {
    assert.equal((await plane.api.apply(deployment('spread', 'own/spread:1'))).status, 201);
    await until('three pods run', async () => {
      const pods = await podsOf('spread');
      return pods.filter(({ status }) => status.phase === 'Running').length === 3;
    });
    const nodes = (await podsOf('spread')).map(({ spec }) => spec.nodeName);
    assert.deepEqual(new Set(nodes), new Set(['node-a', 'node-b', 'node-c']));
    await plane.api.request('DELETE', '/apis/apps/v1/namespaces/default/deployments/spread');
    await until('no pod is left', async () => (await podsOf('spread')).length === 0);
  });

  test('keeps pods waiting whose image is named as never ready', async () => {
    await plane.api.apply(deployment('hung', 'own/never-ready:1'));
    await plane.api.apply(deployment('beside', 'own/beside:1'));
    await until('three pods beside run', async () => {
      const pods = await podsOf('beside');
      return pods.filter(({ status }) => status.phase === 'Running').length === 3;
    });
    const phases = (await podsOf('hung')).map(({ status }) => status.phase);
    assert.deepEqual(phases, ['Pending', 'Pending', 'Pending']);
  });

  test('serves the resources of an extension once that is installed', async () => {
    await assert.rejects(plane.api.pathOf('dapr.io/v1alpha1', 'Resiliency'), /is not served/);
    await installDefinitions(plane.api, await readDefinitions('dapr'));
    await until('Resiliency is found', async () => {
      return (
        (await plane.api.pathOf('dapr.io/v1alpha1', 'Resiliency')) === '/apis/dapr.io/v1alpha1/resiliencies'
      );
    });
  });
});
