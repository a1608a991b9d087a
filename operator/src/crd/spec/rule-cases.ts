/** For each rule of the API server: a resource that it refuses, and the nearest one that it lets pass. */

type Fields = Readonly<Record<string, unknown>>;

export interface RuleCase {
  /** The beginning of the rule's message. */
  readonly rule: string;
  readonly refused: Fields;
  readonly passes: Fields;
  /** The spec before, for rules about a change. */
  readonly before?: Fields;
  readonly name?: readonly [refused: string, passes: string];
}

const services = (...list: readonly Fields[]): Fields => ({ services: list });
const order = (fields: Fields): Fields => services({ name: 'order', ...fields });
const gateway = (fields: Fields): Fields => services({ name: 'gateway', ...fields });
const canary = { version: '2', weight: 5 };
const cpu = { requests: { cpu: '100m' } };
const ingress = (fields: Fields): Fields => ({ ingress: { hostnames: ['shop.example'], ...fields } });
const parentRefs = [{ name: 'public' }];

export const RULE_CASES: readonly RuleCase[] = [
  { rule: 'the name becomes part', refused: {}, passes: {}, name: ['shop.eu', 'shop-eu'] },
  { rule: 'the name is too long', refused: {}, passes: {}, name: ['s'.repeat(44), 's'.repeat(43)] },
  {
    rule: 'the names of the stack and of one of its services',
    refused: services({ name: 'r'.repeat(30), image: 'own/r:1' }),
    passes: services({ name: 'r'.repeat(29), image: 'own/r:1' }),
    name: ['s'.repeat(26), 's'.repeat(26)],
  },
  {
    rule: 'dependsOn names a service',
    refused: order({ dependsOn: ['reviews'] }),
    passes: services({ name: 'order', dependsOn: ['reviews'] }, { name: 'reviews', image: 'own/reviews:1' }),
  },
  { rule: 'a paused stack', refused: { paused: true, mode: 'Observe' }, passes: { paused: true } },
  {
    rule: 'messages still wait',
    before: { dapr: { pubsub: 'pubsub' } },
    refused: { dapr: { pubsub: 'kafka' } },
    passes: { dapr: { pubsub: 'pubsub' } },
  },
  {
    rule: 'products do not move',
    before: { data: { mongodb: { secretName: 'products' } } },
    refused: {},
    passes: { data: { mongodb: { secretName: 'moved', sharded: true } } },
  },
  {
    rule: 'products do not move',
    before: {},
    refused: { data: { mongodb: { secretName: 'products' } } },
    passes: { data: { elasticsearch: { secretName: 'search' } } },
  },
  {
    rule: 'two of these would read',
    refused: { data: { elasticsearch: { secretName: 'servers' }, cache: { secretName: 'servers' } } },
    passes: { data: { elasticsearch: { secretName: 'search' }, cache: { secretName: 'servers' } } },
  },
  {
    rule: 'two of these would read',
    refused: { data: { mongodb: { secretName: 'payment-provider' } } },
    // Its keys have the names of services.
    passes: { data: { mongodb: { secretName: 'postgres' } } },
  },
  {
    rule: 'must be between 0s and 10m',
    refused: { dapr: { reloadStagger: '11m' } },
    passes: { dapr: { reloadStagger: '10m' } },
  },
  {
    rule: 'set parentRefs where',
    refused: ingress({ parentRefs, className: 'nginx' }),
    passes: ingress({ parentRefs }),
  },
  {
    rule: 'a Gateway ends TLS',
    refused: ingress({ parentRefs, tlsSecretName: 'tls' }),
    passes: ingress({ className: 'nginx', tlsSecretName: 'tls' }),
  },
  {
    rule: 'is none of gateway',
    refused: services({ name: 'catalogue' }),
    passes: services({ name: 'catalogue', image: 'own/c:1' }),
  },
  {
    rule: 'such a name is taken',
    refused: services({ name: 'order-canary', image: 'own/o:1' }),
    passes: services({ name: 'order-canaries', image: 'own/o:1' }),
  },
  {
    rule: 'set either version or image;',
    refused: order({ version: '2', image: 'own/o:2' }),
    passes: order({ version: '2' }),
  },
  {
    rule: 'set one of replicas, autoscale and keda',
    refused: order({ replicas: 2, autoscale: { max: 4, cpuPercent: 70 } }),
    passes: order({ autoscale: { max: 4, cpuPercent: 70 } }),
  },
  {
    rule: 'set either canary or blueGreen',
    refused: order({ canary, blueGreen: { preview: { version: '3' } } }),
    passes: order({ blueGreen: { preview: { version: '3' } } }),
  },
  {
    rule: 'only payment has a provider',
    refused: order({ provider: { circuitBreaker: {} } }),
    passes: services({ name: 'payment', provider: { circuitBreaker: {} } }),
  },
  {
    rule: 'nobody splits the calls',
    refused: services({ name: 'reviews', image: 'own/r:1', canary }),
    passes: order({ canary }),
  },
  {
    rule: 'a service cannot wait for itself',
    refused: order({ dependsOn: ['order'] }),
    passes: order({ dependsOn: ['catalog'] }),
  },
  {
    rule: 'routes in front of the gateway',
    refused: gateway({ canary: { version: '2', weight: 2.5 } }),
    passes: gateway({ canary }),
  },
  {
    rule: 'headers choose a version',
    refused: order({ canary: { ...canary, headers: [{ name: 'x-beta', value: '1' }] } }),
    passes: gateway({ canary: { ...canary, headers: [{ name: 'x-beta', value: '1' }] } }),
  },
  { rule: 'no service calls the gateway', refused: gateway({ retry: {} }), passes: order({ retry: {} }) },
  {
    rule: 'pdb.minAvailable must be below',
    refused: order({ replicas: 2, pdb: { minAvailable: 2 } }),
    passes: order({ replicas: 3, pdb: { minAvailable: 2 } }),
  },
  {
    rule: 'pdb.minAvailable must be below',
    refused: order({ pdb: { minAvailable: 2 } }),
    passes: order({ pdb: { minAvailable: 2 }, autoscale: { max: 4, cpuPercent: 70 } }),
  },
  {
    rule: 'pdb.minAvailable must be below',
    refused: { defaults: { replicas: 2, pdb: { minAvailable: 2 } } },
    passes: { defaults: { replicas: 3, pdb: { minAvailable: 2 } } },
  },
  {
    // Services that are not named run with the defaults.
    rule: 'pdb.minAvailable must be below',
    refused: { defaults: { replicas: 2, pdb: { minAvailable: 2 } }, ...order({ replicas: 3 }) },
    passes: { defaults: { replicas: 3, pdb: { minAvailable: 2 } }, ...order({ replicas: 3 }) },
  },
  {
    rule: 'pdb.minAvailable must be below',
    refused: { defaults: { replicas: 3, pdb: { minAvailable: 2 } }, ...order({ replicas: 1 }) },
    passes: { defaults: { replicas: 3, pdb: { minAvailable: '50%' } }, ...order({ replicas: 1 }) },
  },
  {
    rule: 'autoscale.cpuPercent is a share',
    refused: order({ autoscale: { max: 4, cpuPercent: 70 }, resources: { limits: { memory: '1Gi' } } }),
    passes: order({ autoscale: { max: 4, cpuPercent: 70 }, resources: cpu }),
  },
  {
    rule: 'autoscale.cpuPercent is a share',
    refused: { defaults: { resources: {} }, ...order({ autoscale: { max: 4, cpuPercent: 70 } }) },
    passes: { defaults: { resources: cpu }, ...order({ autoscale: { max: 4, cpuPercent: 70 } }) },
  },
  {
    rule: 'min is greater than max',
    refused: order({ autoscale: { min: 5, max: 4, cpuPercent: 70 } }),
    passes: order({ autoscale: { min: 4, max: 4, cpuPercent: 70 } }),
  },
  {
    rule: 'min is greater than max',
    refused: order({ keda: { min: 5, max: 4, triggers: [{ name: 'lag', type: 'kafka', metadata: {} }] } }),
    passes: order({ keda: { min: 0, max: 4, triggers: [{ name: 'lag', type: 'kafka', metadata: {} }] } }),
  },
  {
    rule: 'set either cpuPercent or metrics',
    refused: order({ autoscale: { max: 4 } }),
    passes: order({ autoscale: { max: 4, metrics: [{ type: 'Pods' }] } }),
  },
  {
    rule: 'set either minAvailable or maxUnavailable',
    refused: order({ pdb: { minAvailable: 1, maxUnavailable: 1 } }),
    passes: order({ pdb: { maxUnavailable: 1 } }),
  },
  {
    rule: 'maxUnavailable 0',
    refused: order({ pdb: { maxUnavailable: 0 } }),
    passes: order({ pdb: { maxUnavailable: '1%' } }),
  },
  {
    rule: 'minAvailable 100%',
    refused: order({ pdb: { minAvailable: '100%' } }),
    passes: order({ pdb: { minAvailable: '99%' } }),
  },
  {
    rule: 'the request of cpu',
    refused: order({ resources: { requests: { cpu: '1' }, limits: { cpu: '999m' } } }),
    passes: order({ resources: { requests: { cpu: '1' }, limits: { cpu: '1000m' } } }),
  },
  {
    rule: 'the request of memory',
    refused: order({ resources: { requests: { memory: '1Gi' }, limits: { memory: '1023Mi' } } }),
    passes: order({ resources: { requests: { memory: '1Gi' }, limits: { memory: '1024Mi' } } }),
  },
  {
    rule: 'set one of value, secretKeyRef',
    refused: order({ env: [{ name: 'A' }] }),
    passes: order({ env: [{ name: 'A', value: '' }] }),
  },
  {
    rule: 'the operator sets this variable',
    refused: order({ env: [{ name: 'SETTINGS_FILE', value: '/tmp' }] }),
    passes: order({ env: [{ name: 'LOG_LEVEL', value: 'debug' }] }),
  },
  {
    rule: 'set either secretRef or configMapRef',
    refused: order({ envFrom: [{}] }),
    passes: order({ envFrom: [{ secretRef: 'more' }] }),
  },
  {
    rule: 'must be between 1s and 5m',
    refused: order({ pod: { drain: '500ms' } }),
    passes: order({ pod: { drain: '1s' } }),
  },
  {
    rule: 'must be between 10ms and 6s',
    refused: order({ retry: { interval: '7s' } }),
    passes: order({ retry: { interval: '6s' } }),
  },
  {
    rule: 'must be between 10ms and 2m',
    refused: order({ timeout: '3m' }),
    passes: order({ timeout: '2m' }),
  },
  {
    rule: 'a canary needs either',
    refused: order({ canary: { weight: 5 } }),
    passes: order({ canary: { weight: 5, image: 'own/o:2' } }),
  },
  {
    rule: 'a weight has at most two decimals',
    refused: order({ canary: { ...canary, weight: 12.345 } }),
    passes: order({ canary: { ...canary, weight: 12.34 } }),
  },
  {
    rule: 'a header that carries',
    refused: gateway({ canary: { ...canary, headers: [{ name: 'cookie', value: 'a' }] } }),
    passes: gateway({ canary: { ...canary, headers: [{ name: 'x-beta', value: '1' }] } }),
  },
  {
    rule: 'a preview needs either',
    refused: order({ blueGreen: { preview: {} } }),
    passes: order({ blueGreen: { preview: { version: '3' } } }),
  },
  {
    rule: 'there is no preview',
    refused: order({ blueGreen: { active: 'Preview' } }),
    passes: order({ blueGreen: { active: 'Preview', preview: { version: '3' } } }),
  },
];
