/** The EcommerceStack resource as far as it matters outside a cluster, and the settings it turns into. */
import { z } from 'zod';
import {
  bucketSettings,
  circuitBreakerSettings,
  serviceName,
  serviceNames,
  weight,
  type ServiceName,
  type ServiceSettings,
  type Settings,
} from './settings.ts';

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `250ms`, `10s`, `5m`, `1h` to milliseconds. */
export const duration = z
  .string()
  .regex(/^[0-9]+(ms|s|m|h)$/, 'a duration such as 250ms, 10s, 5m or 1h')
  .transform((text) => {
    const unit = text.replace(/^[0-9]+/, '') as keyof typeof DURATION_UNITS;
    return Number.parseInt(text, 10) * DURATION_UNITS[unit];
  });

const stackService = z.strictObject({
  name: serviceName,
  version: z.string().min(1).max(63).optional(),
  timeout: duration.pipe(z.int().min(10).max(120_000)).optional(),
  /** Processes of the stable version that share its work. */
  replicas: z.int().min(1).max(100).default(1),
  canary: z
    .strictObject({ version: z.string().min(1).max(63), weight, sticky: z.boolean().default(true) })
    .optional(),
  provider: z.strictObject({ circuitBreaker: circuitBreakerSettings }).optional(),
});

export const stack = z.strictObject({
  apiVersion: z.literal('ecommercestack.io/v1alpha1'),
  kind: z.literal('EcommerceStack'),
  metadata: z.strictObject({ name: z.string().min(1).max(63) }),
  spec: z.strictObject({
    version: z.string().min(1).max(63),
    rateLimit: z
      .strictObject({ customer: bucketSettings.optional(), guest: bucketSettings.optional() })
      .default({}),
    services: z
      .array(stackService)
      .default([])
      .superRefine((services, context) => {
        for (const [index, service] of services.entries()) {
          if (services.findIndex((other) => other.name === service.name) !== index) {
            context.addIssue({
              code: 'custom',
              path: [index, 'name'],
              message: `${service.name} is named twice`,
            });
          }
          if (service.provider && service.name !== 'payment') {
            context.addIssue({
              code: 'custom',
              path: [index, 'provider'],
              message: 'only payment has a provider',
            });
          }
          if (service.canary && service.name === 'gateway') {
            context.addIssue({
              code: 'custom',
              path: [index, 'canary'],
              message: 'the gateway splits the others; its own canary needs a cluster',
            });
          }
        }
      }),
  }),
});
export type Stack = z.infer<typeof stack>;
export type StackInput = z.input<typeof stack>;

/** The settings file for a resource. Pure; the operator and `npm start` share it. */
export function settingsOf(resource: Stack, revision: number): Settings {
  const { spec } = resource;
  const declared = new Map(spec.services.map((service) => [service.name, service]));
  const services = Object.fromEntries(
    serviceNames.map((name): [ServiceName, ServiceSettings] => {
      const service = declared.get(name);
      return [
        name,
        {
          version: service?.version ?? spec.version,
          timeoutMs: service?.timeout ?? 10_000,
          ...(service?.canary && {
            canary: { ...service.canary, salt: `${name}/${service.canary.version}` },
          }),
        },
      ];
    }),
  ) as Record<ServiceName, ServiceSettings>;
  return {
    revision,
    services,
    rateLimit: {
      customer: spec.rateLimit.customer ?? { requestsPerSecond: 50, burst: 100 },
      guest: spec.rateLimit.guest ?? { requestsPerSecond: 20, burst: 40 },
    },
    payment: {
      provider: {
        circuitBreaker: declared.get('payment')?.provider?.circuitBreaker ?? circuitBreakerSettings.parse({}),
      },
    },
  };
}
