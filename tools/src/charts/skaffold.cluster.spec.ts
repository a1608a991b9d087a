import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findKubernetes, findSkaffold, parseManifests } from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import { root } from '../repository.ts';
import { conform, writeSchemas } from './kubeconform.ts';

void describe('skaffold', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'skaffold-spec-'));
    await writeSchemas(path.join(folder, 'schemas'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** With nothing of the user's: no cluster, no settings, no cache. */
  async function skaffold(...args: readonly string[]): Promise<string> {
    const helm = path.dirname(await findKubernetes('helm'));
    const env = {
      PATH: `${helm}${path.delimiter}${process.env['PATH']}`,
      HOME: folder,
      KUBECONFIG: path.join(folder, 'none'),
      SKAFFOLD_UPDATE_CHECK: 'false',
      SKAFFOLD_INTERACTIVE: 'false',
    };
    return runToEnd(await findSkaffold(), args, { cwd: root, env });
  }

  for (const profile of ['dev', 'kind', 'ci']) {
    it(`understands its file with the profile ${profile}`, async () => {
      const said = await skaffold('diagnose', '--yaml-only', `--profile=${profile}`);
      assert.match(said, /^kind: Config$/m);
      assert.match(said, /image: ecommercestack\/notification/);
    });

    it(`would install what it built with the profile ${profile}, and only what the kinds know`, async () => {
      const file = path.join(folder, `${profile}.yaml`);
      await skaffold(
        'render',
        `--profile=${profile}`,
        '--offline=true',
        '--digest-source=tag',
        '--tag=built',
        `--output=${file}`,
      );
      await conform(path.join(folder, 'schemas'), file);
      const text = await readFile(file, 'utf8');
      const kinds = parseManifests(text).map(({ kind }) => kind);
      for (const kind of ['CustomResourceDefinition', 'Deployment', 'EcommerceStack', 'StatefulSet'])
        assert.ok(kinds.includes(kind), kind);
      const ours = [...text.matchAll(/image: "?(ecommercestack\/[^\s"]+)/g)].map(([, image = '']) => image);
      assert.deepEqual(ours.toSorted(), [
        'ecommercestack/catalog:built',
        'ecommercestack/gateway:built',
        'ecommercestack/inventory:built',
        'ecommercestack/local:built',
        'ecommercestack/notification:built',
        'ecommercestack/operator:built',
        'ecommercestack/order:built',
        'ecommercestack/payment:built',
        'ecommercestack/provider-simulator:built',
      ]);
    });
  }
});
