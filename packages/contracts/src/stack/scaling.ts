/** How many processes share the work of a service. */
import { z } from 'zod';
import { celGiven, given, ruled } from './rule.ts';
import { countOrPercent, listByKey, passedOn } from './values.ts';

export const replicas = z.int().min(1).max(100);

const bounds = { min: z.int().min(1).max(1_000), max: z.int().min(1).max(1_000) };

const minAboveMax = {
  cel: 'self.min <= self.max',
  message: 'min is greater than max: lower min or raise max',
  holds: ({ min, max }: { readonly min: number; readonly max: number }) => min <= max,
};

export const autoscale = ruled(
  z.strictObject({
    min: bounds.min.default(2).meta({ description: 'Never fewer.' }),
    max: bounds.max.meta({ description: 'Never more.' }),
    cpuPercent: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'Aim at this use of the requested CPU, on average.' }),
    metrics: z.array(passedOn).min(1).max(10).optional().meta({
      description: 'Entries of `spec.metrics` of a HorizontalPodAutoscaler.',
      'x-kubernetes-list-type': 'atomic',
    }),
    behavior: passedOn.optional().meta({
      description: '`spec.behavior` of a HorizontalPodAutoscaler.',
      'x-kubernetes-preserve-unknown-fields': true,
    }),
  }),
  [
    minAboveMax,
    {
      cel: `${celGiven('cpuPercent', 'metrics')} == 1`,
      message: 'set either cpuPercent or metrics, so that it is known what to scale by',
      holds: ({ cpuPercent, metrics }) => given(cpuPercent, metrics) === 1,
    },
  ],
  { description: 'A HorizontalPodAutoscaler decides; `replicas` is then left to it.' },
);
export type Autoscale = z.infer<typeof autoscale>;

const trigger = z.strictObject({
  name: z.string().min(1).max(63).meta({ description: 'Of this trigger, for its metrics.' }),
  type: z.string().min(1).max(63).meta({ description: 'A scaler of KEDA, such as `kafka` or `prometheus`.' }),
  metadata: z
    .record(z.string(), z.string().max(1_000))
    .meta({ description: 'What the scaler is told.', maxProperties: 30 }),
  authenticationRef: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .meta({ description: 'A TriggerAuthentication in the same namespace.' }),
});

export const keda = ruled(
  z.strictObject({
    min: z.int().min(0).max(1_000).default(1).meta({ description: 'Never fewer; 0 lets the service sleep.' }),
    max: bounds.max.meta({ description: 'Never more.' }),
    triggers: listByKey(trigger, 10).min(1).meta({ description: 'What decides; the largest answer wins.' }),
  }),
  [minAboveMax],
  { description: 'A ScaledObject of KEDA decides; `replicas` is then left to it.' },
);
export type Keda = z.infer<typeof keda>;

export const pdb = ruled(
  z.strictObject({
    minAvailable: countOrPercent.optional().meta({ description: 'This many stay.' }),
    maxUnavailable: countOrPercent.optional().meta({ description: 'At most this many go at once.' }),
  }),
  [
    {
      cel: `${celGiven('minAvailable', 'maxUnavailable')} == 1`,
      message: 'set either minAvailable or maxUnavailable',
      holds: ({ minAvailable, maxUnavailable }) => given(minAvailable, maxUnavailable) === 1,
    },
    {
      cel: `!has(self.maxUnavailable) || (type(self.maxUnavailable) == int ? self.maxUnavailable > 0 : self.maxUnavailable != '0%')`,
      message: 'maxUnavailable 0 would let no node ever be drained: allow at least one',
      holds: ({ maxUnavailable }) => !['0', '0%'].includes(String(maxUnavailable)),
    },
    {
      cel: `!has(self.minAvailable) || type(self.minAvailable) == int || self.minAvailable != '100%'`,
      message: 'minAvailable 100% would let no node ever be drained: allow at least one to go',
      holds: ({ minAvailable }) => minAvailable !== '100%',
    },
  ],
  { description: 'How far a drain of nodes may go.' },
);
export type Pdb = z.infer<typeof pdb>;
