/** Carries a plan out: each write in its order, and what became of it. */
import { answerToConflict } from '../checks/conflicts.ts';
import type { Difference, StackStatus } from '../crd/status.ts';
import { hash } from '../desired/hash.ts';
import { keyOf, type Key, type KubeObject } from '../desired/model.ts';
import { FINALIZER } from '../desired/names.ts';
import type { ApplyBody, ApplyOutcome, Kube, StackRef } from '../kube/port.ts';
import { changesBetween, type LiveObject } from './live.ts';
import type { FieldConflict, FieldManager, Plan, World, Write } from './world.ts';

export interface Execution {
  /** For the next world: who held what. */
  readonly conflicts: ReadonlyMap<Key, readonly FieldConflict[]>;
  /** What the API server stored: newer than what watches have told so far. */
  readonly applied: ReadonlyMap<Key, LiveObject>;
  /** False when the signal or a deletion ended it early: what is left is planned again. */
  readonly finished: boolean;
}

export interface ExecuteOptions {
  readonly kube: Kube;
  /** Aborts when the lease is lost or the process is asked to stop; looked at before each write. */
  readonly signal: AbortSignal;
}

/** Throws what the port throws; everything before it has happened, and the next plan goes on from there. */
export async function execute(
  plan: Plan,
  world: World,
  { kube, signal }: ExecuteOptions,
): Promise<Execution> {
  const run = { world, kube, signal, stack: refOf(world) };
  const conflicts = new Map<Key, readonly FieldConflict[]>();
  const applied = new Map<Key, LiveObject>();
  for (const write of plan.writes) {
    if (signal.aborted) return { conflicts, applied, finished: false };
    const outcome = await perform(write, run);
    if (outcome?.kind === 'gone') return { conflicts, applied, finished: false };
    if (write.kind !== 'apply') continue;
    if (outcome?.kind === 'conflict') conflicts.set(keyOf(write.object), outcome.conflicts);
    if (outcome?.kind === 'applied') applied.set(keyOf(write.object), outcome.object);
  }
  const differences = await dryRuns(plan.withheld, run);
  if (signal.aborted) return { conflicts, applied, finished: false };
  await tell(plan, differences, run);
  return { conflicts, applied, finished: true };
}

interface Run {
  readonly world: World;
  readonly kube: Kube;
  readonly signal: AbortSignal;
  readonly stack: StackRef;
}

function refOf({ stack: { metadata } }: World): StackRef {
  const { namespace, name, uid } = metadata;
  return { namespace, name, uid };
}

async function perform(write: Write, run: Run): Promise<ApplyOutcome | undefined> {
  const { kube, stack } = run;
  switch (write.kind) {
    case 'apply':
      return applyOwn(write.object, run);
    case 'handover':
      return apply(
        holdReplicas(stack.namespace, write.name, write.replicas),
        'ecommercestack-handover',
        true,
        run,
      );
    case 'delete':
      await kube.delete(stack.namespace, write.ref);
      return undefined;
    case 'disown':
      await kube.disown(stack.namespace, write.ref, stack.uid);
      return undefined;
    case 'annotate-pods':
      // Side by side: the next edit of the stack waits for them.
      await Promise.all(
        write.names.map((name) => kube.annotatePod(stack.namespace, name, write.annotations)),
      );
      return undefined;
    case 'finalizer':
      if (write.present) await kube.addFinalizer(stack, FINALIZER);
      else await kube.removeFinalizer(stack, FINALIZER, run.world.stack.metadata.finalizers ?? []);
      return undefined;
  }
}

/** Forces only where nobody declares the field theirs. */
async function applyOwn(object: KubeObject, run: Run): Promise<ApplyOutcome> {
  const outcome = await apply(object, 'ecommercestack', false, run);
  if (outcome.kind !== 'conflict') return outcome;
  const managed = run.world.live.get(keyOf(object))?.metadata.managedFields ?? [];
  if (answerToConflict(outcome.conflicts, managed) === 'report') return outcome;
  return apply(object, 'ecommercestack', true, run);
}

function apply(
  body: ApplyBody,
  manager: FieldManager,
  force: boolean,
  { kube, signal }: Run,
): Promise<ApplyOutcome> {
  return kube.apply(body, { manager, force, dryRun: false, signal });
}

function holdReplicas(
  namespace: string,
  name: string,
  replicas: number,
): ApplyBody & { readonly spec: unknown } {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas } };
}

/** What the API server itself says would change. Undefined when nothing is withheld. */
async function dryRuns(
  withheld: readonly Write[],
  { world, kube, signal }: Run,
): Promise<readonly Difference[] | undefined> {
  if (withheld.length === 0) return undefined;
  const differences: Difference[] = [];
  // Somebody else holds the number by the time we drop it, which a dry run of one write cannot know.
  const handedOver = new Set<string>(
    withheld.flatMap((write) => (write.kind === 'handover' ? [`Deployment/${write.name}`] : [])),
  );
  for (const write of withheld) {
    if (signal.aborted) return undefined;
    if (write.kind === 'delete') {
      differences.push({ object: `${write.ref.kind}/${write.ref.name}`, wanted: 'to be deleted' });
    }
    if (write.kind !== 'apply') continue;
    const key = keyOf(write.object);
    const outcome = await kube.apply(write.object, {
      manager: write.manager,
      force: true,
      dryRun: true,
      signal,
    });
    if (outcome.kind !== 'applied') continue;
    const changes = changesBetween(key, world.live.get(key), outcome.object);
    differences.push(...changes.filter(({ path }) => path !== 'spec.replicas' || !handedOver.has(key)));
  }
  return differences;
}

const MOST_DIFFERENCES = 100;

async function tell(plan: Plan, differences: readonly Difference[] | undefined, run: Run): Promise<void> {
  const { kube, stack, world } = run;
  if (plan.status === undefined) return;
  const status: StackStatus = {
    ...plan.status,
    ...(differences && { differences: differences.slice(0, MOST_DIFFERENCES) }),
  };
  // Events tell of the way from one status to the next: they are told only when that way is gone.
  if (hash(status) !== hash(world.stack.status)) await kube.writeStatus(stack, status);
  for (const event of plan.events) await kube.record(stack, event);
}
