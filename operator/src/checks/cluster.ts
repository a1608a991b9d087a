/** What the cluster lacks for what the resource asks. */
import type { StackSpec } from '@ecommercestack/contracts';
import type { Extension } from '../desired/model.ts';
import type { Problem } from './problem.ts';

export interface ClusterFacts {
  readonly extensions: ReadonlySet<Extension>;
  readonly daprVersion: string | undefined;
}

/** Prometheus is not missed: metrics are there for whoever comes to fetch them. */
type Missed = Exclude<Extension, 'prometheus'>;

const MISSING: Readonly<Record<Missed, Problem>> = {
  dapr: {
    reason: 'DaprMissing',
    message: 'the cluster has no Dapr: install it (`dapr init -k`), services wait for their sidecars',
  },
  'gateway-api': {
    reason: 'GatewayApiMissing',
    message: 'ingress.parentRefs needs the Gateway API: install it, or set ingress.className',
  },
  keda: {
    reason: 'KedaMissing',
    message: 'a service scales by KEDA, which the cluster does not have: install it, or set replicas',
  },
};

export function missingExtensions(
  spec: StackSpec,
  { extensions }: ClusterFacts,
): ReadonlyMap<Extension, Problem> {
  const wanted: readonly Missed[] = [
    'dapr',
    ...(spec.ingress?.parentRefs ? ['gateway-api' as const] : []),
    ...(spec.services.some(({ keda }) => keda) ? ['keda' as const] : []),
  ];
  return new Map(wanted.filter((one) => !extensions.has(one)).map((one) => [one, MISSING[one]]));
}

/** The first whose hot reload neither restarts sidecars of others nor loses an update. */
const HOT_RELOAD_SINCE = [1, 18, 2] as const;

export function reloadsHot({ dapr: { reload } }: StackSpec, { daprVersion }: ClusterFacts): boolean {
  return reload === 'HotReload' || (reload === 'Auto' && isAtLeast(daprVersion, HOT_RELOAD_SINCE));
}

function isAtLeast(version: string | undefined, least: readonly number[]): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number);
  if (parts === undefined) return false;
  const at = least.findIndex((part, index) => parts[index] !== part);
  return at < 0 || (parts[at] ?? 0) > (least[at] ?? 0);
}

export function pubsubProblem(spec: StackSpec, isThere: boolean): Problem | undefined {
  if (isThere) return undefined;
  return {
    reason: 'PubsubMissing',
    message: `there is no Component ${spec.dapr.pubsub} in the namespace: no message travels until it is made`,
  };
}
