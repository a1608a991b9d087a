/** What decides how many pods there are, and how many of them may go at once. */
import type { KubeObject } from './model.ts';
import {
  ANNOTATIONS,
  LABELS,
  metadata,
  selector,
  workloadName,
  type StackIdentity,
  type Track,
} from './names.ts';
import type { ResolvedService, Scaling } from './resolve.ts';

interface Input {
  readonly stack: StackIdentity;
  readonly service: ResolvedService;
  readonly track: Track;
  /** Pods that must be there until the stable version has taken over from a second one. */
  readonly floor?: number;
}

const labelsOf = ({ service, track }: Input) => ({ [LABELS.service]: service.name, [LABELS.track]: track });

/** Nothing where the number of pods is fixed: it is then part of the Deployment. */
export function autoscaler(input: Input): KubeObject | undefined {
  const { stack, service, track, floor } = input;
  const { scaling } = service;
  const name = workloadName(stack, service.name, track);
  const annotations = floor === undefined ? undefined : { [ANNOTATIONS.floor]: String(floor) };
  const meta = metadata(stack, name, labelsOf(input), annotations);
  if (scaling.kind === 'autoscale') {
    const { min, max, cpuPercent, metrics, behavior } = scaling.autoscale;
    return {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: meta,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: raised(min, max, floor),
        maxReplicas: max,
        metrics: metrics ?? [
          {
            // Of the service's own container: a busy sidecar is no reason for another pod.
            type: 'ContainerResource',
            containerResource: {
              name: 'cpu',
              container: 'service',
              target: { type: 'Utilization', averageUtilization: cpuPercent },
            },
          },
        ],
        ...(behavior && { behavior }),
      },
    };
  }
  if (scaling.kind === 'fixed') return undefined;
  const { min, max, triggers } = scaling.keda;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: meta,
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: raised(min, max, floor),
      maxReplicaCount: max,
      triggers: triggers.map(({ name: trigger, type, metadata: told, authenticationRef }) => ({
        name: trigger,
        type,
        metadata: told,
        ...(authenticationRef !== undefined && { authenticationRef: { name: authenticationRef } }),
      })),
    },
  };
}

function raised(min: number, max: number, floor = 0): number {
  return Math.min(max, Math.max(min, floor));
}

export function fixedReplicas(scaling: Scaling): number | undefined {
  return scaling.kind === 'fixed' ? scaling.replicas : undefined;
}

/** The fewest pods with which a service counts as there. */
export function leastReplicas(scaling: Scaling, floor?: number): number {
  if (scaling.kind === 'fixed') return scaling.replicas;
  const { min, max } = scaling.kind === 'keda' ? scaling.keda : scaling.autoscale;
  return raised(min, max, floor);
}

export function disruptionBudget(input: Input): KubeObject {
  const { stack, service, track } = input;
  const { minAvailable, maxUnavailable } = service.pdb;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(stack, workloadName(stack, service.name, track), labelsOf(input)),
    spec: {
      ...(minAvailable !== undefined && { minAvailable }),
      ...(maxUnavailable !== undefined && { maxUnavailable }),
      // A pod that never became ready protects nobody, and would block the drain of its node for ever.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector(stack, service.name, track) },
    },
  };
}
