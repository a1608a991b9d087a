/** Stacks as an API server would answer them. */
import type { ServiceStatus, StackStatus } from '../../crd/status.ts';
import type { Service, Stack } from '../stack.ts';

export const NOW = '2030-01-01T00:10:00Z';

export function stackWith(...services: readonly Service[]): Stack {
  return {
    metadata: {
      name: 'shop',
      namespace: 'default',
      generation: 3,
      creationTimestamp: '2029-12-29T00:00:00Z',
    },
    spec: { version: '1.0.0', paused: false, mode: 'Enforce', services },
  };
}

export function told(stack: Stack, status: Partial<StackStatus>): Stack {
  const { generation } = stack.metadata;
  return { ...stack, status: { observedGeneration: generation, ...status } };
}

export function service(name: string, changes: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name,
    ready: true,
    replicas: 2,
    readyReplicas: 2,
    image: `ecommercestack/${name}:1.0.0`,
    ...changes,
  };
}

export const BREAKER = {
  failureThreshold: 5,
  openSeconds: 60,
  halfOpenRequests: 3,
  rollout: 'HotReload',
} as const;
