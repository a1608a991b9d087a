/** The pods that this version of the operator makes, for all to see: whatever changes here restarts every shop on an upgrade. */
import { settingsOf, stackSpec, type StackSpecInput } from '@ecommercestack/contracts';
import { stringify } from 'yaml';
import { desiredObjects } from '../desired/build.ts';
import { hash } from '../desired/hash.ts';
import { LABELS } from '../desired/names.ts';
import { resolveServices } from '../desired/resolve.ts';

/** The least that there is, and one of everything that has a say in a pod. */
const STACKS: Readonly<Record<string, StackSpecInput>> = {
  least: { version: '1' },
  most: {
    version: '1',
    image: { registry: 'registry.example', pullPolicy: 'Always', pullSecrets: ['registry'] },
    services: [
      {
        name: 'order',
        version: '2',
        replicas: 3,
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        env: [
          { name: 'RESERVATION_TTL', value: '5m' },
          { name: 'DATABASE_URL', secretKeyRef: { name: 'order', key: 'url' } },
          { name: 'LOG_LEVEL', configMapKeyRef: { name: 'logs', key: 'level' } },
        ],
        envFrom: [{ secretRef: 'order' }, { configMapRef: 'common' }],
        pod: {
          annotations: { 'example.org/secrets': '1' },
          nodeSelector: { disk: 'fast' },
          drain: '20s',
        },
        canary: { version: '3', weight: 10, consumers: 'Shared' },
      },
    ],
  },
};

const REVISIONS = new Map([
  ['ConfigMap/logs', 'a'],
  ['ConfigMap/common', 'b'],
]);

/** By stack and Deployment. */
export function podTemplates(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(STACKS).map(([name, input]) => [name, templatesOf(input)]));
}

export function podTemplatesYaml(): string {
  const note = `# Made by \`npm run generate\`. A change here restarts the pods of every shop: see docs/installing.md#upgrades.\n`;
  return note + stringify(podTemplates(), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The name under which docs/installing.md tells of them. */
export function podTemplatesRevision(): string {
  return hash(podTemplates());
}

function templatesOf(input: StackSpecInput): Readonly<Record<string, unknown>> {
  const spec = stackSpec.parse(input);
  const objects = desiredObjects({
    stack: { name: 'shop', namespace: 'shop', uid: 'uid' },
    spec,
    decisions: resolveServices(spec).map((service) => ({
      service,
      floor: undefined,
      second: service.second,
    })),
    settings: settingsOf({ spec }, 1),
    extensions: new Set(['dapr']),
    pubsub: { type: 'pubsub.redis', spec: {}, beside: {} },
    hotReload: true,
    revisions: REVISIONS,
  });
  const named = new Set(input.services?.map(({ name }) => name));
  return Object.fromEntries(
    objects
      .filter(({ kind }) => kind === 'Deployment')
      .filter(({ metadata }) => named.size === 0 || named.has(metadata.labels[LABELS.service] ?? ''))
      .map(({ metadata, ...body }) => [metadata.name, (body['spec'] as { template: unknown }).template]),
  );
}
