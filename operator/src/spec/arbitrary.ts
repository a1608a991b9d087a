/** Resources that the API server would let pass, for properties. */
import fc from 'fast-check';
import { serviceNames, stackSpec, type StackSpecInput } from '@ecommercestack/contracts';

type ServiceInput = NonNullable<StackSpecInput['services']>[number];

const version = fc.constantFrom('1.0.0', '1.1.0', '2.0.0-rc.1');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });

const lag: ServiceInput['keda'] = {
  min: 1,
  max: 6,
  triggers: [{ name: 'lag', type: 'kafka', metadata: { topic: 'order.events' } }],
};

const scaling: fc.Arbitrary<Partial<ServiceInput>> = fc.oneof(
  fc.constant({}),
  fc.record({ replicas: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    autoscale: fc.record({
      min: fc.integer({ min: 1, max: 3 }),
      max: fc.integer({ min: 3, max: 9 }),
      cpuPercent: fc.constant(70),
    }),
  }),
  fc.constant({ keda: lag }),
);

const second: fc.Arbitrary<Partial<ServiceInput>> = fc.oneof(
  fc.constant({}),
  fc.record({
    canary: fc.record({
      version,
      weight: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(12.5, 0.01, 99.99)),
      replicas: fc.integer({ min: 1, max: 3 }),
      consumers: fc.constantFrom('Excluded' as const, 'Shared' as const),
    }),
  }),
  fc.record({
    blueGreen: fc.record({
      active: fc.constantFrom('Stable' as const, 'Preview' as const),
      preview: fc.record({ version }),
    }),
  }),
);

const service = (name: string): fc.Arbitrary<ServiceInput> =>
  fc
    .tuple(
      fc.record({
        version: maybe(version),
        dependsOn: maybe(fc.uniqueArray(fc.constantFrom(...serviceNames), { maxLength: 2 })),
        circuitBreaker: maybe(fc.record({ failureThreshold: fc.integer({ min: 1, max: 9 }) })),
        retry: maybe(
          fc.record({ maxRetries: fc.integer({ min: 0, max: 4 }), interval: fc.constantFrom('50ms', '1s') }),
        ),
        timeout: maybe(fc.constantFrom('500ms', '3s')),
      }),
      scaling,
      second,
    )
    .map(([fields, scaled, split]) => ({ ...defined(fields), ...scaled, ...split, name }));

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

const ingress = fc.constantFrom<StackSpecInput['ingress']>(
  undefined,
  { hostnames: ['shop.example'], parentRefs: [{ name: 'public' }] },
  { hostnames: ['shop.example'], className: 'nginx' },
);

const data = fc.constantFrom<StackSpecInput['data']>(undefined, {
  mongodb: { secretName: 'products' },
  elasticsearch: { secretName: 'search' },
  cache: { secretName: 'redis' },
});

/** Parts that cannot stand together are left out, not repaired: each resource is one that somebody could write. */
export const anySpec: fc.Arbitrary<StackSpecInput> = fc
  .record({
    version,
    services: fc.subarray([...serviceNames]).chain((names) => fc.tuple(...names.map(service))),
    ingress,
    data,
    dapr: fc.record({ reloadStagger: fc.constantFrom('0s', '2s') }),
  })
  .map((spec) => defined({ ...spec, services: spec.services.map(withoutWhatIsRefused) }))
  .filter((spec) => stackSpec.safeParse(spec).success);

const rank = (name: string): number => serviceNames.findIndex((one) => one === name);

function withoutWhatIsRefused(input: ServiceInput): ServiceInput {
  const { circuitBreaker, retry, canary, dependsOn, ...rest } = input;
  const isGateway = input.name === 'gateway';
  return {
    ...rest,
    ...(!isGateway && circuitBreaker && { circuitBreaker }),
    ...(!isGateway && retry && { retry }),
    ...(canary && { canary: isGateway ? { ...canary, weight: Math.floor(canary.weight) } : canary }),
    // Only on those before it, so that no circle comes about.
    ...(dependsOn && { dependsOn: dependsOn.filter((name) => rank(name) < rank(input.name)) }),
  };
}
