/** The indices of products: one is searched, one may be filled beside it, and the one before is kept. */
import { createMicroBatch } from '@ecommercestack/event-store';
import { errors } from '@elastic/elasticsearch';
import type { Client, estypes } from '@elastic/elasticsearch';
import {
  hasOurDefinition,
  productsIndex,
  rebuildsIndex,
  servingSettings,
  stockIndex,
} from './index-definition.ts';
import type { Names } from './names.ts';

/** Makes what is not there yet; any number of processes may do so at once. */
export async function createMissing(client: Client, names: Names): Promise<void> {
  const aliases = await existingAliases(client, names);
  const missing = (alias: string) => !aliases.has(alias);
  if (missing(names.current))
    await createUnlessThere(
      client,
      `${names.products}-1`,
      names.current,
      productsIndex({ beingFilled: false }),
    );
  if (missing(names.stock)) await createUnlessThere(client, `${names.stock}-1`, names.stock, stockIndex);
  if (missing(names.rebuilds))
    await createUnlessThere(client, `${names.rebuilds}-1`, names.rebuilds, rebuildsIndex);
}

/** The index behind each alias. */
export async function existingAliases(client: Client, names: Names): Promise<ReadonlyMap<string, string>> {
  const { current, building, previous, stock, rebuilds } = names;
  const found = await client.indices.getAlias(
    { name: [current, building, previous, stock, rebuilds] },
    // Answers 404, with those that exist, when some do not.
    { ignore: [404] },
  );
  const aliases = new Map<string, string>();
  for (const [index, entry] of Object.entries(found)) {
    for (const alias of Object.keys(entry.aliases ?? {})) aliases.set(alias, index);
  }
  return aliases;
}

/**
 * Does the work for every alias that a change of a product goes to. Again when another index has come behind one of
 * them meanwhile: of two requests, one may have met the index before a swap and the other nobody.
 */
export async function inEveryIndex(
  client: Client,
  names: Names,
  work: (targets: readonly string[]) => Promise<void>,
): Promise<void> {
  const written = async () => {
    const aliases = await existingAliases(client, names);
    return [names.current, names.building, names.previous].flatMap((alias) => {
      const index = aliases.get(alias);
      return index === undefined ? [] : [{ alias, index }];
    });
  };
  for (let targets = await written(); ;) {
    await work(targets.map(({ alias }) => alias));
    const now = await written();
    if (JSON.stringify(now) === JSON.stringify(targets)) return;
    targets = now;
  }
}

/**
 * Makes what was written to be found, in the index that is searched and in the one that is about to be. It costs as much as
 * the documents of a small batch: those that were written while one is on its way share the next.
 */
export function createRefresher(client: Client, { current, building }: Names): () => Promise<void> {
  const refreshes = createMicroBatch<undefined, undefined>({
    maxBatch: Infinity,
    isDivisible: () => false,
    run: async (waiting) => {
      await client.indices.refresh({ index: [current, building], ignore_unavailable: true });
      return waiting;
    },
  });
  return () => refreshes.submit(undefined);
}

/** A new index to be filled. It takes every change from now on, so that a later scan of the products completes it. */
export async function startBuilding(client: Client, names: Names): Promise<string> {
  await dropBuilding(client, names);
  const index = `${names.products}-${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}`;
  await client.indices.create({
    index,
    aliases: { [names.building]: {} },
    ...productsIndex({ beingFilled: true }),
  });
  return index;
}

async function dropBuilding(client: Client, names: Names): Promise<void> {
  await dropBehind(client, names, names.building);
}

/** How long the replicas of a large index may take to be copied. */
const COPY_LIMIT_MS = 300_000;
const ANSWER_MS = 10_000;

/**
 * Puts the filled index in the place of the one searched, in one step. The older of the two is kept, unless it is of another
 * definition: it could not take what is written from now on.
 */
export async function swapIn(client: Client, names: Names): Promise<void> {
  const filled = await behind(client, names, names.building);
  await client.indices.putSettings({ index: filled, settings: servingSettings });
  await client.indices.refresh({ index: filled }, { requestTimeout: COPY_LIMIT_MS });
  await client.cluster.health(
    { index: filled, wait_for_no_initializing_shards: true, timeout: `${COPY_LIMIT_MS}ms` },
    { requestTimeout: COPY_LIMIT_MS + ANSWER_MS },
  );
  const aliases = await existingAliases(client, names);
  const [old, older] = [aliases.get(names.current), aliases.get(names.previous)];
  await client.indices.updateAliases({
    actions: [
      { remove: { index: filled, alias: names.building } },
      { add: { index: filled, alias: names.current } },
      ...replaced(names, old, older),
    ],
  });
  if (older !== undefined) await client.indices.delete({ index: older }, { ignore: [404] });
  if (old !== undefined && !(await hasOurDefinition(client, old)))
    await client.indices.delete({ index: old }, { ignore: [404] });
}

/** Searches the index before again. False when there is none. */
export async function swapBack(client: Client, names: Names): Promise<boolean> {
  const aliases = await existingAliases(client, names);
  const [old, older] = [aliases.get(names.current), aliases.get(names.previous)];
  if (old === undefined || older === undefined) return false;
  await client.indices.updateAliases({
    actions: [...replaced(names, old, older), { add: { index: older, alias: names.current } }],
  });
  return true;
}

function replaced(
  { current, previous }: Names,
  old: string | undefined,
  older: string | undefined,
): estypes.IndicesUpdateAliasesAction[] {
  return [
    ...(older === undefined ? [] : [{ remove: { index: older, alias: previous } }]),
    ...(old === undefined
      ? []
      : [{ remove: { index: old, alias: current } }, { add: { index: old, alias: previous } }]),
  ];
}

async function behind(client: Client, names: Names, alias: string): Promise<string> {
  const index = (await existingAliases(client, names)).get(alias);
  if (index === undefined) throw new Error(`there is no index ${alias}`);
  return index;
}

async function dropBehind(client: Client, names: Names, alias: string): Promise<void> {
  const index = (await existingAliases(client, names)).get(alias);
  if (index !== undefined) await client.indices.delete({ index }, { ignore: [404] });
}

async function createUnlessThere(
  client: Client,
  index: string,
  alias: string,
  definition: Omit<estypes.IndicesCreateRequest, 'index'>,
): Promise<void> {
  try {
    await client.indices.create({ index, aliases: { [alias]: {} }, ...definition });
  } catch (error) {
    const isThere =
      error instanceof errors.ResponseError && error.message.includes('resource_already_exists_exception');
    if (!isThere) throw error;
  }
}
