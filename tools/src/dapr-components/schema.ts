/** The four kinds of Dapr resources as far as we use them; what a schema does not know is refused as a misspelling. */
import { z } from 'zod';

const GO_DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const duration = z.string().regex(GO_DURATION, 'a duration such as 200ms, 5s or 1m');
const name = z.string().min(1);
const metadata = z.strictObject({ name });
const scopes = z.array(name).default([]);

const entry = z.union([
  z.strictObject({ name, value: z.string() }),
  z.strictObject({ name, envRef: name }),
  z.strictObject({ name, secretKeyRef: z.strictObject({ name, key: name }) }),
]);

const component = z.strictObject({
  apiVersion: z.literal('dapr.io/v1alpha1'),
  kind: z.literal('Component'),
  metadata,
  spec: z.strictObject({ type: name, version: z.literal('v1'), metadata: z.array(entry) }),
  auth: z.strictObject({ secretStore: name }).optional(),
  scopes,
});

const subscription = z.strictObject({
  apiVersion: z.literal('dapr.io/v2alpha1'),
  kind: z.literal('Subscription'),
  metadata,
  spec: z.strictObject({
    pubsubname: name,
    topic: name,
    routes: z.strictObject({ default: name }),
    metadata: z.strictObject({ rawPayload: z.literal('true') }).optional(),
    deadLetterTopic: name.optional(),
  }),
  scopes,
});

const retry = z.strictObject({
  policy: z.enum(['constant', 'exponential']),
  duration: duration.optional(),
  maxInterval: duration.optional(),
  // Without it, and below 0, Dapr tries for ever.
  maxRetries: z.int().min(0),
  matching: z
    .strictObject({
      httpStatusCodes: z.string().regex(/^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*$/),
    })
    .optional(),
});

const breaker = z.strictObject({
  maxRequests: z.int().min(1),
  interval: duration.optional(),
  timeout: duration,
  trip: z.string().regex(/^(consecutiveFailures|totalFailures|requests) >=? [0-9]+$/),
});

const policies = z.strictObject({
  timeout: name.optional(),
  retry: name.optional(),
  circuitBreaker: name.optional(),
});
export type Retry = z.infer<typeof retry>;
export type PolicyNames = z.infer<typeof policies>;

const resiliency = z.strictObject({
  apiVersion: z.literal('dapr.io/v1alpha1'),
  kind: z.literal('Resiliency'),
  metadata,
  spec: z.strictObject({
    policies: z.strictObject({
      timeouts: z.record(name, duration).default({}),
      retries: z.record(name, retry).default({}),
      circuitBreakers: z.record(name, breaker).default({}),
    }),
    targets: z.strictObject({
      apps: z.record(name, policies).default({}),
      components: z
        .record(name, z.strictObject({ inbound: policies.optional(), outbound: policies.optional() }))
        .default({}),
    }),
  }),
  scopes,
});

const access = z.enum(['allow', 'deny']);
const appPolicy = z.strictObject({
  appId: name,
  trustDomain: name,
  namespace: name,
  defaultAction: access,
  operations: z.array(z.strictObject({ name, httpVerb: z.array(name), action: access })),
});

const configuration = z.strictObject({
  apiVersion: z.literal('dapr.io/v1alpha1'),
  kind: z.literal('Configuration'),
  metadata,
  spec: z.strictObject({
    accessControl: z.strictObject({
      defaultAction: access,
      trustDomain: name,
      policies: z.array(appPolicy).default([]),
    }),
    secrets: z.strictObject({
      scopes: z.array(
        z.strictObject({ storeName: name, defaultAccess: access, allowedSecrets: z.array(name).default([]) }),
      ),
    }),
    metrics: z.strictObject({
      // A cluster refuses a Configuration that does not say it.
      enabled: z.literal(true),
      http: z.strictObject({ increasedCardinality: z.boolean() }),
    }),
    tracing: z.strictObject({ samplingRate: z.string().regex(/^[01](\.[0-9]+)?$/) }),
  }),
});

export const resource = z.discriminatedUnion('kind', [component, subscription, resiliency, configuration]);

type Placed<T> = T & { readonly file: string };
export type Component = Placed<z.infer<typeof component>>;
export type Subscription = Placed<z.infer<typeof subscription>>;
export type Resiliency = Placed<z.infer<typeof resiliency>>;
export type Configuration = Placed<z.infer<typeof configuration>>;
export type Resource = Component | Subscription | Resiliency | Configuration;
