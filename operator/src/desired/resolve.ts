/** A service with its defaults: what the builders work from. */
import {
  serviceNames,
  versionOf,
  type Autoscale,
  type CallBreaker,
  type CallRetry,
  type Canary,
  type EnvVar,
  type Keda,
  type Pdb,
  type Pod,
  type Resources,
  type StackService,
  type StackSpec,
} from '@ecommercestack/contracts';

export interface ImageRef {
  readonly image: string;
  readonly version: string;
}

export type Scaling =
  | { readonly kind: 'fixed'; readonly replicas: number }
  | { readonly kind: 'autoscale'; readonly autoscale: Autoscale }
  | { readonly kind: 'keda'; readonly keda: Keda };

/** A canary, or a preview: which is a canary of full size that gets all calls or none. */
export interface Second extends ImageRef {
  readonly kind: 'canary' | 'preview';
  readonly weight: number;
  readonly sticky: boolean;
  readonly shared: boolean;
  readonly headers: NonNullable<Canary['headers']>;
  /** Undefined: as many as the stable version has. */
  readonly replicas: number | undefined;
}

export interface ResolvedService extends ImageRef {
  readonly name: string;
  readonly ours: boolean;
  readonly scaling: Scaling;
  readonly second: Second | undefined;
  readonly resources: Resources;
  readonly env: readonly EnvVar[];
  readonly envFrom: NonNullable<StackService['envFrom']>;
  readonly pod: Pod;
  readonly breaker: CallBreaker;
  readonly retry: CallRetry;
  readonly pdb: Pdb;
  readonly dependsOn: readonly string[];
}

/** All services that run: those of the platform, named or not, and those that the resource adds. */
export function resolveServices(spec: StackSpec): readonly ResolvedService[] {
  const declared = new Map(spec.services.map((service) => [service.name, service]));
  const names = new Set<string>([...serviceNames, ...declared.keys()]);
  return [...names].map((name) => resolve(spec, declared.get(name) ?? { name }));
}

function resolve(spec: StackSpec, service: StackService): ResolvedService {
  const { defaults } = spec;
  return {
    name: service.name,
    ours: (serviceNames as readonly string[]).includes(service.name),
    ...imageRef(spec, service.name, service),
    scaling: scalingOf(service, defaults.replicas),
    second: secondOf(spec, service),
    resources: service.resources ?? defaults.resources,
    env: service.env ?? [],
    envFrom: service.envFrom ?? [],
    pod: { ...defaults.pod, ...service.pod },
    breaker: service.circuitBreaker ?? defaults.circuitBreaker,
    retry: service.retry ?? defaults.retry,
    pdb: service.pdb ?? defaults.pdb,
    dependsOn: service.dependsOn ?? [],
  };
}

function scalingOf({ replicas, autoscale, keda }: StackService, fallback: number): Scaling {
  if (autoscale) return { kind: 'autoscale', autoscale };
  if (keda) return { kind: 'keda', keda };
  return { kind: 'fixed', replicas: replicas ?? fallback };
}

/** Promoting means naming the second version as the first: then there is no second one any more. */
function secondOf(spec: StackSpec, service: StackService): Second | undefined {
  const stable = imageRef(spec, service.name, service);
  const second = named(spec, service);
  return second?.image === stable.image ? undefined : second;
}

function named(spec: StackSpec, { name, canary, blueGreen }: StackService): Second | undefined {
  if (canary) {
    const { weight, sticky, replicas, consumers, headers = [] } = canary;
    const shared = consumers === 'Shared';
    return { kind: 'canary', ...imageRef(spec, name, canary), weight, sticky, replicas, shared, headers };
  }
  if (!blueGreen?.preview) return undefined;
  return {
    kind: 'preview',
    ...imageRef(spec, name, blueGreen.preview),
    weight: blueGreen.active === 'Preview' ? 100 : 0,
    sticky: true,
    shared: blueGreen.consumers === 'Shared',
    headers: [],
    replicas: undefined,
  };
}

function imageRef(
  { image: { registry }, version: usual }: StackSpec,
  name: string,
  { image, version }: { readonly image?: string | undefined; readonly version?: string | undefined },
): ImageRef {
  if (image !== undefined) return { image, version: versionOf({ image }) };
  return { image: `${registry}/${name}:${version ?? usual}`, version: version ?? usual };
}
