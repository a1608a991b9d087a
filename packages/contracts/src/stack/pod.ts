/** What a service's pods are made of. */
import { z } from 'zod';
import { celGiven, given, ruled } from './rule.ts';
import { amountOf, durationBetween, listByKey, objectName, passedOn, quantity } from './values.ts';

const amounts = z.strictObject({
  cpu: quantity.optional().meta({ description: 'Cores, such as `250m`.' }),
  memory: quantity.optional().meta({ description: 'Bytes, such as `256Mi`.' }),
});

type Amounts = z.output<typeof amounts>;
type Requested = { readonly requests?: Amounts | undefined; readonly limits?: Amounts | undefined };

const within = (name: 'cpu' | 'memory') => ({
  cel: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || quantity(self.requests.${name}).compareTo(quantity(self.limits.${name})) <= 0`,
  message: `the request of ${name} is above its limit: lower the request or raise the limit`,
  holds: ({ requests, limits }: Requested) =>
    requests?.[name] === undefined ||
    limits?.[name] === undefined ||
    amountOf(requests[name]) <= amountOf(limits[name]),
});

export const resources = ruled(
  z.strictObject({
    requests: amounts.optional().meta({ description: 'What a node must have left for a pod.' }),
    limits: amounts.optional().meta({ description: 'What a pod may use at most.' }),
  }),
  [within('cpu'), within('memory')],
  { description: 'Of the service itself; its sidecar has its own.' },
);
export type Resources = z.infer<typeof resources>;

const keyRef = z.strictObject({
  name: objectName.meta({ description: 'The object.' }),
  key: z.string().min(1).max(253).meta({ description: 'The key in it.' }),
  optional: z.boolean().optional().meta({ description: 'The pod starts without it, too.' }),
});

/** Set by the operator: a value of the user's would break what runs beside the service. */
const RESERVED = [
  'PORT',
  'HOST',
  'ADMIN_PORT',
  'ADMIN_HOST',
  'SETTINGS_FILE',
  'VARIANT',
  'CONSUMERS',
  'NAMESPACE',
  'DAPR_HTTP_PORT',
  'PUBSUB_NAME',
];

const envVar = ruled(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
      .meta({ description: 'The variable.' }),
    value: z.string().max(4_096).optional().meta({ description: 'Its value, as it is.' }),
    secretKeyRef: keyRef.optional().meta({ description: 'Its value is a key of this Secret.' }),
    configMapKeyRef: keyRef.optional().meta({ description: 'Its value is a key of this ConfigMap.' }),
  }),
  [
    {
      cel: `${celGiven('value', 'secretKeyRef', 'configMapKeyRef')} == 1`,
      message: 'set one of value, secretKeyRef and configMapKeyRef',
      holds: ({ value, secretKeyRef, configMapKeyRef }) => given(value, secretKeyRef, configMapKeyRef) === 1,
    },
    {
      cel: `!(self.name in [${RESERVED.map((name) => `'${name}'`).join(', ')}])`,
      message: 'the operator sets this variable itself: remove it',
      holds: ({ name }) => !RESERVED.includes(name),
    },
  ],
);
export type EnvVar = z.infer<typeof envVar>;

const envSource = ruled(
  z.strictObject({
    secretRef: objectName.optional().meta({ description: 'Each key of this Secret becomes a variable.' }),
    configMapRef: objectName
      .optional()
      .meta({ description: 'Each key of this ConfigMap becomes a variable.' }),
  }),
  [
    {
      cel: `${celGiven('secretRef', 'configMapRef')} == 1`,
      message: 'set either secretRef or configMapRef',
      holds: ({ secretRef, configMapRef }) => given(secretRef, configMapRef) === 1,
    },
  ],
);

export const env = listByKey(envVar, 50).meta({
  description: 'Further variables; they win over what `data` makes.',
});
export const envFrom = z
  .array(envSource)
  .max(20)
  .meta({ description: 'Whole objects as variables.', 'x-kubernetes-list-type': 'atomic' });

const spread = z.strictObject({
  topologyKey: z.string().min(1).max(253).meta({ description: 'A label of the nodes.' }),
  maxSkew: z.int().min(1).max(100).default(1).meta({ description: 'How uneven it may get.' }),
  whenUnsatisfiable: z
    .enum(['ScheduleAnyway', 'DoNotSchedule'])
    .default('ScheduleAnyway')
    .meta({ description: 'Whether a pod rather waits.' }),
});

const labels = z.record(z.string(), z.string().max(63));

export const pod = z
  .strictObject({
    nodeSelector: labels.optional().meta({ description: 'Labels that a node must have.', maxProperties: 20 }),
    tolerations: z
      .array(passedOn)
      .max(20)
      .optional()
      .meta({ description: 'Taints that do not matter.', 'x-kubernetes-list-type': 'atomic' }),
    affinity: passedOn.optional().meta({ description: '`spec.affinity` of a pod.' }),
    spread: listByKey(spread, 5, 'topologyKey')
      .optional()
      .meta({ description: 'Over what the pods of a service are spread.' }),
    serviceAccountName: objectName
      .optional()
      .meta({ description: 'An account of your own; the operator makes one otherwise.' }),
    priorityClassName: objectName.optional().meta({ description: 'Who goes first when there is no room.' }),
    annotations: z
      .record(z.string(), z.string().max(1_000))
      .optional()
      .meta({ description: 'Further annotations of the pods.', maxProperties: 20 }),
    drain: durationBetween('1s', '5m').optional().meta({
      description:
        'How long a pod that shall stop goes on answering: callers remember its address for up to 20 s.',
    }),
  })
  .meta({ description: 'Where the pods run.' });
export type Pod = z.infer<typeof pod>;

/** Where nothing else is said. Field by field, so that whoever says one thing keeps the others. */
export const defaultPod = pod
  .extend({
    drain: pod.shape.drain.prefault('20s'),
    spread: pod.shape.spread.prefault([
      { topologyKey: 'topology.kubernetes.io/zone' },
      { topologyKey: 'kubernetes.io/hostname' },
    ]),
  })
  .meta(pod.meta() ?? {});
