/** Fills a new index beside the one in use, then puts it in its place at once. */
import type { Client } from '@elastic/elasticsearch';
import { skuOf } from '../../domain/product.ts';
import type { ProductPages, RebuildOptions } from '../../features/project-products/ports.ts';
import { hasOurDefinition } from './index-definition.ts';
import { existingAliases, startBuilding, swapIn } from './generations.ts';
import type { Names } from './names.ts';
import { readDocuments } from './read-documents.ts';
import { applyStates } from './writer.ts';

interface Progress {
  readonly scannedTo: string;
  readonly documents: number;
}

/**
 * Whatever is applied from the moment the new index has its alias reaches it too; whatever was applied before is on the
 * write side, which is read only afterwards. So nothing is missed, and versions settle the overlap. That holds for a
 * rebuild that was cut off, too: what has come since is in its index. The caller sees to it that there is one at a time.
 */
export async function rebuildIndex(
  client: Client,
  names: Names,
  scan: ProductPages,
  { resume = false, onPage }: RebuildOptions = {},
): Promise<void> {
  const left = resume ? (await existingAliases(client, names)).get(names.building) : undefined;
  const isOurs = left !== undefined && (await hasOurDefinition(client, left));
  const index = isOurs ? left : await startBuilding(client, names);
  const begun = (await readDocuments<Progress>(client, names.rebuilds, [index])).get(index);
  let documents = begun?.documents ?? 0;
  for await (const page of scan(begun?.scannedTo)) {
    const last = page.at(-1);
    if (last === undefined) continue;
    await applyStates(client, names, [names.building], page);
    documents += page.length;
    const progress: Progress = { scannedTo: skuOf(last), documents };
    await client.index({ index: names.rebuilds, id: index, document: progress });
    onPage?.(documents);
  }
  await swapIn(client, names);
  await client.delete({ index: names.rebuilds, id: index }, { ignore: [404] });
}
