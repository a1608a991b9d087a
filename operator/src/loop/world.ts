/** Puts together what a plan looks at, from what is watched. */
import type { Clock } from '@ecommercestack/kit';
import { z } from 'zod';
import { hash } from '../desired/hash.ts';
import { keyOf, type Key } from '../desired/model.ts';
import { accepted } from '../kube/answers.ts';
import type { Connection } from '../kube/connection.ts';
import { objectPath } from '../kube/resources.ts';
import type { Cluster, FieldConflict, StackObject, World } from '../reconcile/world.ts';
import type { View } from './view.ts';

export interface WorldOptions {
  readonly view: View;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly cluster: () => Cluster;
}

export type ReadWorld = (
  key: string,
  conflicts: ReadonlyMap<Key, readonly FieldConflict[]>,
) => Promise<World | undefined>;

/** Resolves with undefined for a stack that is not there. Asks the API server only for what is not watched. */
export function createWorldReader({ view, connection, clock, cluster }: WorldOptions): ReadWorld {
  const revisionOf = createRevisions(connection);

  const revisions = async (stack: StackObject): Promise<World['revisions']> => {
    const { namespace } = stack.metadata;
    const found: [string, string][] = [];
    for (const name of configMapsOf(stack.spec)) {
      const version = view.configMaps.in(namespace)?.get(`${namespace}/${name}`);
      if (version === undefined) continue;
      const revision = await revisionOf(namespace, name, version);
      if (revision !== undefined) found.push([`ConfigMap/${name}`, revision]);
    }
    return new Map(found);
  };

  return async (key, conflicts) => {
    const namespace = key.slice(0, key.indexOf('/'));
    const stacks = view.stacks.in(namespace);
    const stack = stacks?.get(key);
    if (stacks === undefined || stack === undefined) return undefined;
    const isGoing = stack.metadata.deletionTimestamp !== undefined;
    return {
      now: clock.now().toISOString(),
      stack,
      stacksHere: stacks
        .inGroup(namespace)
        .toSorted(byAge)
        .map(({ metadata }) => metadata.name),
      namespaceTerminating: isGoing && (await isTerminating(connection, namespace)),
      cluster: cluster(),
      pubsub: view.components.in(namespace)?.get(`${namespace}/${pubsubOf(stack.spec)}`),
      live: new Map(view.childrenOf(key).map((object) => [keyOf(object), object])),
      pods: view.pods.in(namespace)?.inGroup(key) ?? [],
      revisions: isGoing ? new Map() : await revisions(stack),
      conflicts,
    };
  };
}

function byAge({ metadata: one }: StackObject, { metadata: other }: StackObject): number {
  const age = Date.parse(one.creationTimestamp) - Date.parse(other.creationTimestamp);
  return age === 0 ? one.name.localeCompare(other.name) : age;
}

const namespaceBody = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) });

/** Asked only while a stack is being deleted, or we are; who may not read it is told nothing, and deletes in order. */
export async function isTerminating(connection: Connection, namespace: string): Promise<boolean> {
  const answer = await connection.request('GET', `/api/v1/namespaces/${namespace}`);
  const { status, body } = accepted(`the namespace ${namespace}`, answer, 404, 403);
  if (status !== 200) return status === 404;
  return namespaceBody.parse(body).metadata.deletionTimestamp !== undefined;
}

/** Read as they are: what else stands in a spec is for the plan to judge. */
const references = z.looseObject({
  dapr: z.looseObject({ pubsub: z.string().optional() }).optional(),
  services: z
    .array(
      z.looseObject({
        env: z
          .array(z.looseObject({ configMapKeyRef: z.looseObject({ name: z.string() }).optional() }))
          .optional(),
        envFrom: z.array(z.looseObject({ configMapRef: z.string().optional() })).optional(),
      }),
    )
    .optional(),
});

function pubsubOf(spec: unknown): string {
  const parsed = references.safeParse(spec);
  return parsed.data?.dapr?.pubsub ?? 'pubsub';
}

function configMapsOf(spec: unknown): ReadonlySet<string> {
  const services = references.safeParse(spec).data?.services ?? [];
  return new Set(
    services.flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ configMapKeyRef }) => configMapKeyRef?.name ?? []),
      ...envFrom.flatMap(({ configMapRef }) => configMapRef ?? []),
    ]),
  );
}

const configMap = z.object({ data: z.unknown(), binaryData: z.unknown() }).partial();

/** A hash of what a ConfigMap holds: read again only when its version changed, as labels may change, too. */
function createRevisions(connection: Connection) {
  const known = new Map<string, { readonly version: number; readonly revision: string }>();
  return async (namespace: string, name: string, version: number): Promise<string | undefined> => {
    const id = `${namespace}/${name}`;
    const before = known.get(id);
    if (before?.version === version) return before.revision;
    const answer = await connection.request('GET', objectPath('v1', 'ConfigMap', namespace, name));
    if (accepted(`ConfigMap ${id}`, answer, 404).status === 404) {
      known.delete(id);
      return undefined;
    }
    const { data, binaryData } = configMap.parse(answer.body);
    const revision = hash([data, binaryData]);
    known.set(id, { version, revision });
    return revision;
  };
}
