/** `npm run cluster`: a Kubernetes control plane on this machine with the operator beside it, to try things out. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  findKubernetes,
  installDefinitions,
  parseManifests,
  prepareKubernetes,
  startControlPlane,
} from './cluster.ts';
import { MissingPartError, startChild } from './parts.ts';

const root = path.join(import.meta.dirname, '../..');
const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-cluster-'));
const stopping = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});

try {
  await prepareKubernetes();
  const plane = await startControlPlane({ dir });
  const definition = await readFile(path.join(root, 'operator/crd/ecommercestacks.yaml'), 'utf8');
  await installDefinitions(plane.api, parseManifests(definition));
  const operator = await startChild({
    name: 'operator',
    program: process.execPath,
    args: [path.join(root, 'operator/src/main.ts')],
    env: { KUBECONFIG: plane.kubeconfig, ADMIN_PORT: '0', DAPR_VERSION: '1.18.2', LOG_FORMAT: 'pretty' },
    dir,
    ready: /this process writes from now on/,
  });
  console.log(`A control plane with three simulated nodes is ready, and the operator looks after it.

  export KUBECONFIG=${plane.kubeconfig}
  alias kubectl=${await findKubernetes('kubectl')}

  kubectl apply -f dapr-components/redis/pubsub.yaml -f stack.yaml   # what carries its messages, and the file that npm start reads
  kubectl get estack -w                # its pods become ready as on a real cluster, but nothing runs in them
  kubectl get all,resiliencies
  tail -f ${path.join(dir, 'operator.log')}

Ctrl-C ends it and deletes what was stored.`);
  await Promise.race([stopping, operator.ended]);
  await operator.stop();
  await plane.stop();
} catch (error) {
  if (!(error instanceof MissingPartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
