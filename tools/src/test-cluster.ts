/** A Kubernetes control plane for one run of the specs, in a folder that goes away with it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installDefinitions, parseManifests, startControlPlane } from '@ecommercestack/local/cluster';

const OWN_DEFINITION = path.join(import.meta.dirname, '../../operator/crd/ecommercestacks.yaml');

/** Sets KUBECONFIG for `run` and the processes it starts. All definitions are installed, ours included. */
export async function withTestCluster<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-cluster-'));
  const started = performance.now();
  const plane = await startControlPlane({ dir });
  try {
    await installDefinitions(plane.api, parseManifests(await readFile(OWN_DEFINITION, 'utf8')));
    console.log(`The control plane is ready after ${((performance.now() - started) / 1_000).toFixed(1)} s.`);
    signal.throwIfAborted();
    process.env['KUBECONFIG'] = plane.kubeconfig;
    return await run();
  } finally {
    await plane.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
