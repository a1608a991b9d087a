/**
 * The settings file: what a running process may be told to do differently without a restart.
 * The operator writes it as a ConfigMap, `npm start` as a file; every process watches it.
 */
import { z } from 'zod';

export const circuitBreakerSettings = z.strictObject({
  failureThreshold: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .meta({ description: 'Failures in a row that open the breaker.' }),
  openSeconds: z
    .number()
    .min(0.05)
    .max(3_600)
    .default(60)
    .meta({ description: 'Seconds until a trial is let through.' }),
  halfOpenRequests: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .meta({ description: 'Trials let through; all must succeed to close the breaker.' }),
});
export type CircuitBreakerSettings = z.infer<typeof circuitBreakerSettings>;

/** Share of customers, in percent; two decimals count. */
export const weight = z.number().min(0).max(100).multipleOf(0.01);

export const canarySettings = z.strictObject({
  version: z.string().min(1).max(63),
  weight,
  sticky: z.boolean().default(true),
  /** New per rollout, so that the same customers are not always the first. */
  salt: z.string().min(1).max(200),
});
export type CanarySettings = z.infer<typeof canarySettings>;

export const serviceName = z.enum(['gateway', 'order', 'inventory', 'payment', 'catalog', 'notification']);
export type ServiceName = z.infer<typeof serviceName>;
export const serviceNames = serviceName.options;

export const serviceSettings = z.strictObject({
  version: z.string().min(1).max(63),
  timeoutMs: z.int().min(10).max(120_000).default(10_000),
  canary: canarySettings.optional(),
});
export type ServiceSettings = z.infer<typeof serviceSettings>;

/** A token bucket per caller. */
export const bucketSettings = z.strictObject({
  requestsPerSecond: z.number().min(0.1).max(1_000_000).meta({ description: 'How fast the bucket fills.' }),
  burst: z.int().min(1).max(1_000_000).meta({ description: 'What it holds.' }),
});
export type BucketSettings = z.infer<typeof bucketSettings>;

export const rateLimitSettings = z.strictObject({
  customer: bucketSettings.default({ requestsPerSecond: 50, burst: 100 }),
  guest: bucketSettings.default({ requestsPerSecond: 20, burst: 40 }),
});
export type RateLimitSettings = z.infer<typeof rateLimitSettings>;

export const settings = z.strictObject({
  /** Grows with every change of the resource. */
  revision: z.int().min(1),
  services: z.record(serviceName, serviceSettings),
  rateLimit: rateLimitSettings,
  payment: z.strictObject({ provider: z.strictObject({ circuitBreaker: circuitBreakerSettings }) }),
});
export type Settings = z.infer<typeof settings>;

/** The version that a variant of a service runs; where no canary is named, that of the stable one. */
export function runningVersion(
  { services }: Settings,
  service: ServiceName,
  variant: 'stable' | 'canary',
): string {
  const { version, canary } = services[service];
  return variant === 'canary' && canary !== undefined ? canary.version : version;
}
