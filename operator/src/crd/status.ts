/** What the operator says about a stack: `status`, as schema and type. */
import { z } from 'zod';

export const CONDITION_TYPES = [
  'Ready',
  'Progressing',
  'Degraded',
  'Paused',
  'DaprReady',
  'GatewayReady',
  'DependenciesReady',
  'Conflict',
  'InvalidSpec',
] as const;

const time = z.string().max(40).meta({ format: 'date-time' });
const name = z.string().max(63);
const count = z.int().min(0).max(100_000);

const condition = z.strictObject({
  type: z.enum(CONDITION_TYPES).meta({ description: 'What the condition is about.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
  observedGeneration: z
    .int()
    .min(0)
    .meta({ description: 'The generation it was found for.', format: 'int64' }),
  lastTransitionTime: time.meta({ description: 'When `status` last changed.' }),
  reason: z.string().min(1).max(200).meta({ description: 'The fact, for programs.' }),
  message: z.string().max(4_096).meta({ description: 'The fact, and what to do about it, for people.' }),
});
export type Condition = z.infer<typeof condition>;
export type ConditionType = Condition['type'];

const breaker = z.strictObject({
  failureThreshold: count.meta({ description: 'Failures in a row that open it.' }),
  openSeconds: count.meta({ description: 'Seconds until a trial.' }),
  halfOpenRequests: count.meta({ description: 'Trials.' }),
  rollout: z
    .enum(['HotReload', 'Restart', 'Pending'])
    .meta({ description: 'How its callers learned of it; `Pending` while some have not.' }),
});

const service = z.strictObject({
  name: name.meta({ description: 'The service.' }),
  ready: z.boolean().meta({ description: 'Whether all of it runs as asked.' }),
  replicas: count.meta({ description: 'Pods asked for, of the stable version.' }),
  readyReplicas: count.meta({ description: 'Pods that are ready, of the stable version.' }),
  image: z.string().max(400).meta({ description: 'Of the stable version.' }),
  canaryImage: z.string().max(400).optional().meta({ description: 'Of the second version.' }),
  canaryReady: count.optional().meta({ description: 'Pods of the second version that are ready.' }),
  askedWeight: z.number().optional().meta({ description: 'Per cent that the second version shall get.' }),
  appliedWeight: z.number().optional().meta({ description: 'Per cent that it gets.' }),
  circuitBreaker: breaker
    .optional()
    .meta({ description: 'Asked for towards this service; in force unless `rollout` is `Pending`.' }),
  message: z.string().max(1_000).optional().meta({ description: 'What it waits for.' }),
});
export type ServiceStatus = z.infer<typeof service>;

const difference = z.strictObject({
  object: z.string().max(400).meta({ description: 'Kind and name.' }),
  path: z
    .string()
    .max(400)
    .optional()
    .meta({ description: 'The field; none where the whole object is missing or to go.' }),
  is: z.string().max(400).optional().meta({ description: 'What it is.' }),
  wanted: z.string().max(400).optional().meta({ description: 'What it would become.' }),
});
export type Difference = z.infer<typeof difference>;

const listMap = (key: string) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });

export const status = z
  .strictObject({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'The generation of the resource that all of this is about.', format: 'int64' }),
    conditions: z
      .array(condition)
      .max(20)
      .optional()
      .meta({ description: 'The facts.', ...listMap('type') }),
    summary: z
      .strictObject({
        services: z.string().max(20).meta({ description: 'Services that are ready, of all.' }),
        canary: z.string().max(200).meta({ description: 'Services with a second version.' }),
        weight: z.string().max(200).meta({ description: 'What the second versions get.' }),
        breakers: z
          .string()
          .max(40)
          .meta({ description: 'Whether all callers know the breakers of the resource.' }),
      })
      .optional()
      .meta({ description: 'What `kubectl get` shows.' }),
    settingsRevision: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Of the settings file.', format: 'int64' }),
    services: z
      .array(service)
      .max(60)
      .optional()
      .meta({ description: 'Each service.', ...listMap('name') }),
    differences: z
      .array(difference)
      .max(100)
      .optional()
      .meta({ description: 'What `mode: Observe` would change.', 'x-kubernetes-list-type': 'atomic' }),
  })
  .meta({ description: 'What is.' });
export type StackStatus = z.infer<typeof status>;
