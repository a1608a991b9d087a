/** The commands that look after the search index, run as an operator runs them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventStore } from '@ecommercestack/event-store';
import { migrateTables } from '@ecommercestack/kit';
import { listed, productFields } from '../adapters/contract/samples.ts';
import { existingAliases } from '../adapters/elasticsearch/generations.ts';
import { namesOf } from '../adapters/elasticsearch/names.ts';
import { openTestIndex } from '../adapters/elasticsearch/testing.ts';
import type { TestIndex } from '../adapters/elasticsearch/testing.ts';
import { createPostgresProductStore } from '../adapters/postgres/product-store.ts';
import { createPostgresSearchIndex } from '../adapters/postgres/search-index.ts';
import { tables } from '../adapters/postgres/tables.ts';
import { absent } from '../domain/product.ts';

/** Nothing is on its way. */
const NOW = ['--grace', '0'];
const PRODUCTS = 1_200;

describe('the commands for the search index', () => {
  let opened: TestIndex;
  let overElasticsearch: NodeJS.ProcessEnv;
  let overPostgres: NodeJS.ProcessEnv;

  before(async () => {
    opened = await openTestIndex(process.env['ELASTICSEARCH_URL']);
    const { connectionString, pool } = opened.database;
    await migrateTables(tables, connectionString);
    const store = createPostgresProductStore(createEventStore({ pool }));
    for (let start = 0; start < PRODUCTS; start += 100) {
      const skus = Array.from({ length: 100 }, (_, at) => `SKU-${start + at}`);
      await Promise.all(
        skus.map((sku) =>
          store.append(
            sku,
            absent,
            { type: 'product-created', data: { product: productFields(sku) } },
            { actor: 'ada' },
          ),
        ),
      );
    }
    overPostgres = { ...process.env, DATABASE_URL: connectionString };
    overElasticsearch = {
      ...overPostgres,
      SEARCH_INDEX: 'elasticsearch',
      ELASTICSEARCH_PREFIX: opened.prefix,
    };
  });
  after(() => opened.close());

  function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const file = path.join(import.meta.dirname, `${command}.ts`);
    return spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = start(command, args, env);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: child.exitCode, stdout, stderr };
  }

  it('tell that everything is missing, fill the index, and find it whole', async () => {
    for (const env of [overPostgres, overElasticsearch]) {
      const empty = await run('drift', NOW, env);
      assert.equal(empty.code, 1, empty.stderr);
      assert.match(empty.stdout, /^1200 products are missing or old: SKU-0, .* and 1190 more\n$/);
      const rebuilt = await run('rebuild', [], env);
      assert.equal(
        rebuilt.stdout,
        'The new index is in use, with 1200 products to be found.\n',
        rebuilt.stderr,
      );
      assert.match(rebuilt.stderr, /100 % {2}1200 of about 1200 products/);
      const whole = await run('drift', NOW, env);
      assert.deepEqual(whole, {
        code: 0,
        stdout: 'The search index holds every product as it is.\n',
        stderr: '',
      });
    }
  });

  it('mend what is old, and name what was never written', async () => {
    const postgres = createPostgresSearchIndex(opened.database.pool);
    await opened.database.pool.query(`DELETE FROM search_documents WHERE sku = 'SKU-7'`);
    await postgres.apply([listed('SKU-7-forged', 1)]);
    const mended = await run('drift', ['--mend', ...NOW], overPostgres);
    assert.equal(mended.code, 1);
    assert.match(mended.stdout, /^1 products were missing or old, and have been brought up to date: SKU-7\n/);
    assert.match(mended.stdout, /1 products were never written, and go with a rebuild: SKU-7-forged\n$/);
    assert.equal((await run('rebuild', ['--anew'], overPostgres)).code, 0);
    assert.equal((await run('drift', NOW, overPostgres)).code, 0);
  });

  it('go back to the index before, where one is kept', async () => {
    assert.equal((await run('rebuild', [], overElasticsearch)).code, 0);
    const aliases = () => existingAliases(opened.client, namesOf(opened.prefix));
    const { current, previous } = namesOf(opened.prefix);
    const [newest, older] = [(await aliases()).get(current), (await aliases()).get(previous)];
    const back = await run('rebuild', ['--roll-back'], overElasticsearch);
    assert.equal(back.stdout, 'The index before is in use again, with 1200 products to be found.\n');
    assert.deepEqual([(await aliases()).get(previous), (await aliases()).get(current)], [newest, older]);
    const none = await run('rebuild', ['--roll-back'], overPostgres);
    assert.deepEqual([none.code, none.stderr], [1, 'No index from before the last rebuild is kept.\n']);
  });

  it('go on with a rebuild that was killed', async () => {
    const { client, prefix } = opened;
    const child = start('rebuild', [], overElasticsearch);
    const exit = once(child, 'exit');
    // Killed once the first page is written down, or ended before: a second run has to be right either way.
    const isBegun = async () => (await client.count({ index: `${prefix}-rebuilds` })).count > 0;
    while (child.exitCode === null && !(await isBegun())) {
      await client.indices.refresh({ index: `${prefix}-rebuilds` });
      await sleep(5);
    }
    child.kill('SIGKILL');
    await exit;
    const second = await run('rebuild', [], overElasticsearch);
    assert.equal(second.code, 0, second.stderr);
    assert.equal((await run('drift', NOW, overElasticsearch)).code, 0);
    assert.equal((await existingAliases(client, namesOf(prefix))).has(namesOf(prefix).building), false);
  });

  it('say in a line what is wrong', async () => {
    const nowhere = { ...overElasticsearch, ELASTICSEARCH_URL: 'http://127.0.0.1:9' };
    const down = await run('drift', NOW, nowhere);
    assert.deepEqual([down.code, down.stderr.split('\n').length], [1, 2], down.stderr);
    assert.match(down.stderr, /^the search-index cannot be reached: /);
    const unset = await run('drift', ['--data', '/nowhere'], { ...process.env, DATABASE_URL: '' });
    assert.deepEqual([unset.code, unset.stderr], [2, 'bad configuration:\n  DATABASE_URL: is missing\n']);
    assert.equal((await run('rebuild', ['--sideways'], overPostgres)).code, 2);
  });
});
