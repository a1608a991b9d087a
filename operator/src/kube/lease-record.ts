/** The Lease object that operators agree by: who holds it, and for how long the others shall believe that. */
import { z } from 'zod';
import { accepted } from './answers.ts';
import type { Connection } from './connection.ts';
import { collectionPath, objectPath } from './resources.ts';

const lease = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z.looseObject({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.number().nullish(),
    leaseTransitions: z.number().nullish(),
    acquireTime: z.string().nullish(),
  }),
});
export type Lease = z.infer<typeof lease>;

export interface LeaseRecord {
  read(): Promise<Lease | undefined>;
  /** An empty holder lets it go. Resolves with undefined when somebody else was faster. */
  write(before: Lease | undefined, holder: string, signal?: AbortSignal): Promise<Lease | undefined>;
}

export interface LeaseRecordOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  readonly durationMs: number;
  readonly timeoutMs: number;
}

const API_VERSION = 'coordination.k8s.io/v1';

export function leaseRecord(options: LeaseRecordOptions): LeaseRecord {
  const { connection, namespace, name, timeoutMs } = options;
  const path = objectPath(API_VERSION, 'Lease', namespace, name);
  const what = `the lease ${namespace}/${name}`;
  return {
    read: async () => {
      const answer = accepted(what, await connection.request('GET', path, { timeoutMs }), 404);
      return answer.status === 404 ? undefined : lease.parse(answer.body);
    },
    write: async (before, holder, signal) => {
      const [method, to] =
        before === undefined
          ? (['POST', collectionPath(API_VERSION, 'Lease', namespace)] as const)
          : (['PUT', path] as const);
      const body = bodyFor(options, before, holder);
      const answer = await connection.request(method, to, { body, timeoutMs, ...(signal && { signal }) });
      return accepted(what, answer, 409).status === 409 ? undefined : lease.parse(answer.body);
    },
  };
}

function bodyFor(
  { namespace, name, durationMs }: LeaseRecordOptions,
  before: Lease | undefined,
  holder: string,
) {
  // The API wants microseconds.
  const now = new Date().toISOString().replace('Z', '000Z');
  const isSame = before?.spec.holderIdentity === holder;
  return {
    apiVersion: API_VERSION,
    kind: 'Lease',
    // With the version, it is written only over what was read.
    metadata: { name, namespace, ...(before && { resourceVersion: before.metadata.resourceVersion }) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      renewTime: now,
      acquireTime: isSame ? (before.spec.acquireTime ?? now) : now,
      leaseTransitions: (before?.spec.leaseTransitions ?? 0) + (isSame || holder === '' ? 0 : 1),
    },
  };
}
