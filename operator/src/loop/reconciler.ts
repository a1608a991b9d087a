/** One look at one stack: what is there, what shall be, and the way between. */
import type { Logger } from '@ecommercestack/kit';
import { hash } from '../desired/hash.ts';
import type { Key } from '../desired/model.ts';
import { NotLeading } from '../kube/client.ts';
import type { Kube } from '../kube/port.ts';
import type { Handled } from '../kube/queue.ts';
import { execute, type Execution } from '../reconcile/execute.ts';
import { planFor } from '../reconcile/phases.ts';
import type { FieldConflict, Plan, World } from '../reconcile/world.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { ReadWorld } from './world.ts';

export interface ReconcilerOptions {
  readonly readWorld: ReadWorld;
  readonly kube: Kube;
  readonly metrics: OperatorMetrics;
  readonly logger: Logger;
}

type Conflicts = ReadonlyMap<Key, readonly FieldConflict[]>;
const NONE: Conflicts = new Map();
/** Nobody tells when something that is going is gone. */
const GOING_MS = 1_000;

/** Throws what keeps the stack from being as it should be; the next look goes on from there. */
export function createReconciler({ readWorld, kube, metrics, logger }: ReconcilerOptions) {
  /** Of the last applies: what the API server does not remember for us. */
  const conflicts = new Map<string, Conflicts>();

  const carryOut = async (world: World, plan: Plan, signal: AbortSignal): Promise<Execution | undefined> => {
    try {
      return await execute(plan, world, { kube, signal });
    } catch (error) {
      // Somebody else does it from here on.
      if (error instanceof NotLeading) return undefined;
      throw error;
    }
  };

  const look = async (
    key: string,
    signal: AbortSignal,
  ): Promise<Handled & { result: 'done' | 'unfinished' }> => {
    const before = conflicts.get(key) ?? NONE;
    const world = await readWorld(key, before);
    if (world === undefined) {
      conflicts.delete(key);
      return { result: 'done' };
    }
    const plan = planFor(world);
    const execution = await carryOut(world, plan, signal);
    if (plan.writes.length > 0) logger.debug({ stack: key, writes: plan.writes.length }, 'written');
    if (execution?.finished !== true) {
      return { result: 'unfinished', againAfterMs: signal.aborted ? undefined : GOING_MS };
    }
    observeReady(world, plan, metrics);
    conflicts.set(key, execution.conflicts);
    const isNews = hash([...before]) !== hash([...execution.conflicts]);
    return { result: 'done', againAfterMs: isNews ? 0 : plan.requeueAfterMs };
  };

  return async (key: string, signal: AbortSignal): Promise<Handled> => {
    const began = performance.now();
    try {
      const { result, ...handled } = await look(key, signal);
      metrics.reconciles.inc({ result });
      return handled;
    } catch (error) {
      metrics.reconciles.inc({ result: 'failed' });
      throw error;
    } finally {
      metrics.duration.observe({}, (performance.now() - began) / 1_000);
    }
  };
}

function observeReady({ stack, now }: World, { status }: Plan, { timeToReady }: OperatorMetrics): void {
  const before = stack.status?.conditions?.find(({ type }) => type === 'Ready');
  const after = status?.conditions?.find(({ type }) => type === 'Ready');
  if (after?.status !== 'True' || before?.status === 'True') return;
  const since = before?.lastTransitionTime ?? stack.metadata.creationTimestamp;
  timeToReady.observe({}, Math.max(0, Date.parse(now) - Date.parse(since)) / 1_000);
}
