/** Nodes without machines: kwok plays their kubelets, so that pods become ready as on a real cluster. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { startChild } from '../child.ts';
import type { Child } from '../child.ts';
import { partsEnvironment } from '../environment.ts';
import { findGoModule } from '../go-program.ts';
import { findKubernetes } from '../kubernetes.ts';
import type { KubernetesApi, Manifest } from './api.ts';
import { parseManifests } from './definitions.ts';
import { until } from './until.ts';

const ZONES = ['a', 'b', 'c'] as const;

/** What a kubelet does, by kwok's own descriptions. */
const STAGES = [
  'node/fast/node-initialize.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

/** Pods of an image with this in its name stay pending, as those of an image that cannot be pulled. */
const NEVER_READY = 'never-ready';

/** Resolves when a node in each of three zones takes pods. */
export async function startNodes(dir: string, kubeconfig: string, api: KubernetesApi): Promise<Child> {
  const config = path.join(dir, 'stages.yaml');
  await mkdir(dir, { recursive: true });
  await writeFile(config, (await readStages()).map((stage) => stringify(stage)).join('---\n'));
  for (const zone of ZONES) await createNode(api, zone);
  const kwok = await startChild({
    name: 'kwok',
    program: await findKubernetes('kwok'),
    args: [
      ['--kubeconfig', kubeconfig, '--config', config],
      ['--manage-all-nodes=true', '--node-ip', '127.0.0.1'],
      ['--server-address', '127.0.0.1:0'],
    ].flat(),
    env: {},
    dir,
    ready: /./,
  });
  try {
    for (const zone of ZONES)
      await until(`node ${zone} takes pods`, async () => takesPods((await nodeOf(api, zone)).body));
  } catch (error) {
    await kwok.stop();
    throw error;
  }
  return kwok;
}

interface Stage extends Manifest {
  readonly spec: { readonly selector: { readonly matchExpressions: object[] } };
}

async function readStages(): Promise<Manifest[]> {
  const module = await findGoModule('kwok', 'sigs.k8s.io/kwok', partsEnvironment());
  const read = (name: string) => readFile(path.join(module, 'kustomize/stage', name), 'utf8');
  const stages = (await Promise.all(STAGES.map(read))).flatMap(parseManifests);
  const ready = stages.find(({ metadata }) => metadata.name === 'pod-ready') as Stage;
  ready.spec.selector.matchExpressions.push({
    key: `.spec.containers.[] | select( .image | contains("${NEVER_READY}") ) | .name`,
    operator: 'DoesNotExist',
  });
  return stages;
}

async function createNode(api: KubernetesApi, zone: string): Promise<void> {
  const name = `node-${zone}`;
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/region': 'here',
    'topology.kubernetes.io/zone': `here-${zone}`,
  };
  const manifest = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
  const { status, body } = await api.apply(manifest, { manager: 'nodes', force: true });
  if (status >= 300) throw new Error(`Node ${name} was refused: ${JSON.stringify(body)}`);
}

function nodeOf(api: KubernetesApi, zone: string) {
  return api.request('GET', `/api/v1/nodes/node-${zone}`);
}

function takesPods(body: unknown): boolean {
  const { spec, status } = body as {
    readonly spec: { readonly taints?: readonly unknown[] };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
  const isReady = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return isReady && (spec.taints ?? []).length === 0;
}
