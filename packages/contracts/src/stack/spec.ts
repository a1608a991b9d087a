/** What an EcommerceStack asks for. Only `version` has to be said. */
import { z } from 'zod';
import { bucketSettings, serviceNames } from '../settings.ts';
import { defaultPod, resources } from './pod.ts';
import { callBreaker, callRetry, timeout } from './policies.ts';
import { celGiven, given, ruled } from './rule.ts';
import { pdb, replicas } from './scaling.ts';
import type { Pdb } from './scaling.ts';
import { stackService } from './service.ts';
import { durationBetween, label, listByKey, objectName, setOf, version } from './values.ts';

const OURS = `[${serviceNames.map((name) => `'${name}'`).join(', ')}]`;

const secretWith = (name: string, keys: string) =>
  z
    .strictObject({
      secretName: objectName.default(name).meta({ description: 'A Secret in the same namespace.' }),
    })
    .prefault({})
    .meta({ description: keys });

const secretOf = (keys: string) => ({
  secretName: objectName.meta({ description: keys }),
});
const url = 'A Secret in the same namespace, with the key `url`';

/** Each of these reads the key `url` of its Secret. */
const BY_URL = ['paymentProvider', 'smtp', 'mongodb', 'elasticsearch', 'cache'] as const;
const PAIRS = BY_URL.flatMap((one, at) => BY_URL.slice(at + 1).map((other) => [one, other] as const));

const data = ruled(
  z
    .strictObject({
      postgres: secretWith(
        'postgres',
        'Keys `order`, `inventory`, `payment`, `catalog` and `notification`: the URL of the database of each.',
      ),
      paymentProvider: secretWith(
        'payment-provider',
        'Keys `url`, `webhookSecret` and, where it asks for one, `apiKey`.',
      ),
      tokens: secretWith(
        'tokens',
        'Keys `issuer`, `audience` and `jwksUrl`: whose access tokens the gateway believes.',
      ),
      smtp: z
        .strictObject({ secretName: objectName.meta({ description: 'A Secret in the same namespace.' }) })
        .optional()
        .meta({ description: 'Keys `url` and `from`; without it, mails are kept and not sent.' }),
      mongodb: z
        .strictObject({
          ...secretOf(`${url}, which names the database.`),
          sharded: z.boolean().default(false).meta({
            description:
              'It is a sharded cluster, over which the chart distributes the products before the shop runs.',
          }),
        })
        .optional()
        .meta({ description: 'Where products and their events are; without it, in PostgreSQL.' }),
      elasticsearch: z
        .strictObject(secretOf(`${url}.`))
        .optional()
        .meta({ description: 'What is searched; without it, PostgreSQL.' }),
      cache: z
        .strictObject(secretOf(`${url}.`))
        .optional()
        .meta({
          description:
            'A Redis that the replicas of catalog and gateway cache products in together; without it, each caches alone.',
        }),
    })
    .prefault({}),
  [
    {
      cel: 'has(self.mongodb) == has(oldSelf.mongodb)',
      message:
        'products do not move from one store to another by themselves: make a new stack, export them here and import them there',
    },
    {
      cel: PAIRS.map(
        ([one, other]) =>
          `(!has(self.${one}) || !has(self.${other}) || self.${one}.secretName != self.${other}.secretName)`,
      ).join(' && '),
      message: 'two of these would read the key url of one Secret: give each a Secret of its own',
      holds: (stores) =>
        PAIRS.every(
          ([one, other]) => stores[one] === undefined || stores[one].secretName !== stores[other]?.secretName,
        ),
    },
  ],
  { description: 'Where each store is and how to get in.' },
);

const parentRef = z.strictObject({
  name: objectName.meta({ description: 'A Gateway.' }),
  namespace: label(63).optional().meta({ description: 'Where it is, if elsewhere.' }),
  sectionName: z.string().min(1).max(253).optional().meta({ description: 'One listener of it.' }),
});

const hostname = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'must be a host name');

const ingress = ruled(
  z.strictObject({
    hostnames: setOf(hostname, 16).min(1).meta({ description: 'Under which the shop is reached.' }),
    parentRefs: z
      .array(parentRef)
      .min(1)
      .max(8)
      .optional()
      .meta({ description: 'Gateways (Gateway API) that lead to it.', 'x-kubernetes-list-type': 'atomic' }),
    className: objectName.optional().meta({ description: 'A class of Ingress, where there is no Gateway.' }),
    tlsSecretName: objectName
      .optional()
      .meta({ description: 'The certificate, with `className`; a Gateway has its own.' }),
  }),
  [
    {
      cel: `${celGiven('parentRefs', 'className')} == 1`,
      message: 'set parentRefs where the cluster has the Gateway API, else className',
      holds: ({ parentRefs, className }) => given(parentRefs, className) === 1,
    },
    {
      cel: `!has(self.tlsSecretName) || has(self.className)`,
      message: 'a Gateway ends TLS with its own certificate: name it there and remove tlsSecretName',
      at: 'tlsSecretName',
      holds: ({ tlsSecretName, className }) => tlsSecretName === undefined || className !== undefined,
    },
  ],
  { description: 'How the world reaches the gateway; nobody does without it.' },
);

const dapr = z
  .strictObject({
    pubsub: ruled(
      label(50).default('pubsub'),
      [
        {
          cel: 'self == oldSelf',
          message:
            'messages still wait in the old broker: make a new stack with the other pub/sub and move over',
        },
      ],
      { description: 'The Component that carries the messages.' },
    ),
    reload: z.enum(['Auto', 'HotReload', 'Restart']).default('Auto').meta({
      description:
        'How sidecars learn of new policies; `Auto` reloads from Dapr 1.18.2 on and restarts before.',
    }),
    reloadStagger: durationBetween('0s', '10m').prefault('5s').meta({
      description: 'Pause between two sidecars’ reloads, since each closes its calls for a moment.',
    }),
  })
  .prefault({})
  .meta({ description: 'The sidecars.' });

const defaults = z
  .strictObject({
    replicas: replicas.default(2).meta({ description: 'Processes of each service.' }),
    resources: resources.prefault({
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    }),
    circuitBreaker: callBreaker.prefault({}),
    timeout: timeout.prefault('10s').meta({ description: 'After this, callers give up.' }),
    retry: callRetry.prefault({}),
    pdb: pdb.prefault({ maxUnavailable: 1 }),
    pod: defaultPod.prefault({}),
  })
  .prefault({})
  .meta({ description: 'What holds for each service that says nothing else.' });

const bucket = (requestsPerSecond: number, burst: number, description: string) =>
  bucketSettings.default({ requestsPerSecond, burst }).meta({ description });

/** How many pods must stay, where that is said as a number. */
const celLeast = (pdb: string): string =>
  `(has(${pdb}.minAvailable) && type(${pdb}.minAvailable) == int ? int(${pdb}.minAvailable) : 0)`;
const leastOf = ({ minAvailable }: Pdb): number => (typeof minAvailable === 'number' ? minAvailable : 0);

const celAsksForCpu = (resources: string): string =>
  `(has(${resources}.requests) && has(${resources}.requests.cpu))`;

const fields = z.strictObject({
  version: version.meta({ description: 'Tag of the images of all services that name no other.' }),
  image: z
    .strictObject({
      registry: z
        .string()
        .min(1)
        .max(200)
        .regex(
          /^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/,
          'must be a registry with a path, without a slash at the end',
        )
        .default('ecommercestack')
        .meta({ description: 'Images are `<registry>/<service>:<version>`.' }),
      pullPolicy: z
        .enum(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent')
        .meta({ description: 'When nodes ask for an image again.' }),
      pullSecrets: setOf(objectName, 5).optional().meta({ description: 'Secrets that open the registry.' }),
    })
    .prefault({})
    .meta({ description: 'Where the images are.' }),
  paused: z.boolean().default(false).meta({ description: 'Nothing is written; the status goes on.' }),
  mode: z
    .enum(['Enforce', 'Observe'])
    .default('Enforce')
    .meta({ description: '`Observe` writes nothing and lists in the status what it would change.' }),
  deletionPolicy: z
    .enum(['Delete', 'Orphan'])
    .default('Delete')
    .meta({ description: 'What becomes of the services when the resource is deleted.' }),
  dapr,
  data,
  ingress: ingress.optional(),
  rateLimit: z
    .strictObject({
      customer: bucket(50, 100, 'Of somebody with an account.'),
      guest: bucket(20, 40, 'Of everybody else, per address.'),
    })
    .prefault({})
    .meta({ description: 'A token bucket per caller.' }),
  defaults,
  services: listByKey(stackService, 50)
    .prefault(serviceNames.map((name) => ({ name })))
    .meta({ description: 'What differs from the defaults; services that are not named run with them.' }),
});

export const stackSpec = ruled<typeof fields>(fields, [
  {
    cel: `self.services.all(s, !has(s.dependsOn) || s.dependsOn.all(d, d in ${OURS} || self.services.exists(o, o.name == d)))`,
    message: 'dependsOn names a service that is not there: correct the name or add the service',
    at: 'services',
    holds: ({ services }) => {
      const known = new Set<string>([...serviceNames, ...services.map(({ name }) => name)]);
      return services.every(({ dependsOn = [] }) => dependsOn.every((name) => known.has(name)));
    },
  },
  {
    cel: `!(self.paused && self.mode == 'Observe')`,
    message: 'a paused stack writes nothing already: set either paused or mode Observe',
    at: 'mode',
    holds: ({ paused, mode }) => !(paused && mode === 'Observe'),
  },
  {
    cel: `${celLeast('self.defaults.pdb')} < self.defaults.replicas && self.services.all(s, has(s.autoscale) || has(s.keda) || (has(s.pdb) ? ${celLeast('s.pdb')} : ${celLeast('self.defaults.pdb')}) < (has(s.replicas) ? s.replicas : self.defaults.replicas))`,
    message:
      'pdb.minAvailable must be below replicas, here and in defaults, or no node could ever be drained',
    at: 'services',
    holds: ({ services, defaults }) =>
      leastOf(defaults.pdb) < defaults.replicas &&
      services.every(
        ({ autoscale, keda, pdb = defaults.pdb, replicas = defaults.replicas }) =>
          given(autoscale, keda) > 0 || leastOf(pdb) < replicas,
      ),
  },
  {
    cel: `self.services.all(s, !has(s.autoscale) || !has(s.autoscale.cpuPercent) || (has(s.resources) ? ${celAsksForCpu('s.resources')} : ${celAsksForCpu('self.defaults.resources')}))`,
    message: 'autoscale.cpuPercent is a share of resources.requests.cpu, here or in defaults: set that, too',
    at: 'services',
    holds: ({ services, defaults }) =>
      services.every(
        ({ autoscale, resources = defaults.resources }) =>
          autoscale?.cpuPercent === undefined || resources.requests?.cpu !== undefined,
      ),
  },
]);
export type StackSpec = z.infer<typeof stackSpec>;
export type StackSpecInput = z.input<typeof stackSpec>;
