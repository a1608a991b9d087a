/** What a live Deployment says about its pods. */
import type { LiveObject } from './live.ts';
import { ANNOTATIONS, MANAGER } from '../desired/names.ts';

export interface DeploymentFacts {
  readonly image: string;
  readonly replicas: number;
  readonly ready: number;
  readonly available: number;
  /** All pods are of the template that was last written. */
  readonly rolledOut: boolean;
  readonly drainingSince: string | undefined;
  /** A canary that handles messages. */
  readonly shared: boolean;
  /** The number of pods is ours, not an autoscaler's. */
  readonly ownsReplicas: boolean;
}

interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly env?: readonly { readonly name?: string }[];
}

interface DeploymentBody {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export function factsOf(live: LiveObject): DeploymentFacts {
  const { spec, status } = live as DeploymentBody;
  const replicas = spec?.replicas ?? 1;
  const { updatedReplicas = 0, readyReplicas: ready = 0, availableReplicas: available = 0 } = status ?? {};
  const isObserved = (status?.observedGeneration ?? 0) >= (live.metadata.generation ?? 0);
  const { image = '', env = [] } =
    spec?.template?.spec?.containers?.find(({ name }) => name === 'service') ?? {};
  return {
    image,
    replicas,
    ready,
    available,
    rolledOut: isObserved && updatedReplicas >= replicas && (status?.replicas ?? 0) === updatedReplicas,
    drainingSince: live.metadata.annotations?.[ANNOTATIONS.drainingSince],
    shared: env.some(({ name }) => name === 'CONSUMERS'),
    ownsReplicas: ownsReplicas(live),
  };
}

/** The version is there in full: with all pods of this image, and at least so many of them. */
export function isServing(facts: DeploymentFacts | undefined, image: string, least: number): boolean {
  return facts !== undefined && facts.image === image && facts.rolledOut && facts.available >= least;
}

function ownsReplicas({ metadata: { managedFields = [] } }: LiveObject): boolean {
  return managedFields.some(({ manager, operation, fieldsV1 }) => {
    const spec = fieldsV1?.['f:spec'] as Readonly<Record<string, unknown>> | undefined;
    return manager === MANAGER && operation === 'Apply' && spec !== undefined && 'f:replicas' in spec;
  });
}
