/** Which kinds the API server serves now. Everybody who is known to it may ask. */
import { z } from 'zod';
import { accepted } from './answers.ts';
import type { Connection } from './connection.ts';

/** `group/version` → kinds; `v1` is the group without a name. */
export type ServedKinds = ReadonlyMap<string, ReadonlySet<string>>;

/** Without resources where what serves an aggregated group is away, or serves nothing. */
const name = z.object({
  version: z.string(),
  resources: z.array(z.object({ responseKind: z.object({ kind: z.string() }).nullish() })).nullish(),
});
const aggregated = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string().optional() }), versions: z.array(name).nullish() }),
  ),
});

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** One request for all groups. */
export async function servedKinds(connection: Connection, signal?: AbortSignal): Promise<ServedKinds> {
  const answer = await connection.request('GET', '/apis', { accept: ACCEPT, ...(signal && { signal }) });
  const { items } = aggregated.parse(accepted('the list of API groups', answer).body);
  return new Map(
    items.flatMap(({ metadata, versions }) =>
      (versions ?? []).map(({ version, resources }): [string, Set<string>] => [
        `${metadata.name ?? ''}/${version}`,
        new Set((resources ?? []).flatMap(({ responseKind }) => responseKind?.kind ?? [])),
      ]),
    ),
  );
}
