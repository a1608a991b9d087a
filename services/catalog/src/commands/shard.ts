/** `npm run catalog:shard`: distributes the products in MONGODB_URL over the shards of the cluster it names. */
import { ConfigError } from '@ecommercestack/kit';
import { openDatabase } from '../adapters/mongodb/database.ts';
import { deploymentOf } from '../adapters/mongodb/deployment.ts';
import { shardCollections } from '../adapters/mongodb/shard.ts';
import { readMongodbUrl } from '../config.ts';

/** Trying again would end the same. */
const REFUSED = 2;

process.exitCode = await run();

/** The exit code: 0 when everything is sharded as it should be, 1 when trying again may help. */
async function run(): Promise<number> {
  let url: string;
  try {
    url = readMongodbUrl(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return REFUSED;
  }
  const database = openDatabase(url, { patient: true });
  try {
    return await shard(deploymentOf(database));
  } catch (error) {
    console.error(
      `The collections could not be sharded: ${error instanceof Error ? error.message : String(error)}`,
    );
    return 1;
  } finally {
    await database.close();
  }
}

async function shard(deployment: Parameters<typeof shardCollections>[0]): Promise<number> {
  const outcome = await shardCollections(deployment);
  switch (outcome.kind) {
    case 'not-a-mongos':
      console.error(
        'MONGODB_URL names no mongos: only a sharded cluster can be sharded. Nothing was changed.',
      );
      return REFUSED;
    case 'other-key':
      console.error(`${outcome.collection} is sharded by another key, ${outcome.key}. Nothing was changed.`);
      return REFUSED;
    case 'sharded':
      for (const collection of outcome.already) console.log(`${collection} was sharded already.`);
      for (const collection of outcome.collections) console.log(`${collection} is sharded now.`);
      return 0;
  }
}
