import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@ecommercestack/kit';
import type { Message, PublishOutcome } from '@ecommercestack/kit';
import { callContext, eventually, memoryLogger } from '@ecommercestack/kit/testing';
import { absent, versionOf } from '../../domain/product.ts';
import type { ProductEvent, ProductState } from '../../domain/product.ts';
import { createEditProduct } from '../../features/edit-product/edit-product.ts';
import { productFields } from '../contract/samples.ts';
import type { ProductStore } from '../ports.ts';
import { createClaims } from './claims.ts';
import { createIndexes, openDatabase } from './database.ts';
import { createMongodbProductStore } from './product-store.ts';
import { createMongodbRelay } from './relay.ts';
import type { MongodbRelay } from './relay.ts';
import { freshDatabase } from './spec-support.ts';
import type { FreshDatabase } from './spec-support.ts';
import { writeStates } from './states.ts';
import { readUnannounced } from './unannounced.ts';

const created = (sku: string): ProductEvent => ({
  type: 'product-created',
  data: { product: productFields(sku) },
});
const priced = (amount: number): ProductEvent => ({
  type: 'product-updated',
  data: { changes: { price: { amount, currency: 'EUR' } } },
});
const deleted: ProductEvent = { type: 'product-deleted', data: {} };
const OK: PublishOutcome = { ok: true };

/** Each first announcement of a version follows that of the version before; at least once, up to the last. */
function assertInOrder(announced: readonly Announced[], sku: string, last: number): void {
  let highest = 0;
  const versions = announced.filter((each) => each.sku === sku).map(({ version }) => version);
  for (const version of versions) {
    assert.ok(version <= highest + 1, `${sku}: ${versions.join()}`);
    highest = Math.max(highest, version);
  }
  assert.equal(highest, last, `${sku}: ${versions.join()}`);
}

interface Announced {
  readonly sku: string;
  readonly version: number;
}

function announcedBy({ key, data }: Message): Announced {
  const { product, version } = data as { product?: { version: number }; version?: number };
  return { sku: key, version: product?.version ?? version ?? 0 };
}

describe('announcing from MongoDB', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let store: ProductStore;
  const relays: MongodbRelay[] = [];
  const storeOf = (committed: () => void = () => undefined) =>
    createMongodbProductStore(database, {
      clock: systemClock,
      logger: memoryLogger('catalog'),
      committed,
    });

  before(async () => {
    database = freshDatabase(process.env['MONGODB_URL']);
    await createIndexes(database);
    store = storeOf();
  });
  after(() => database.drop());

  /** Where a machine that stands still for a moment must not cost a relay its claims, the lease is long. */
  const relayTo = (
    publish: (messages: readonly Message[]) => Promise<readonly PublishOutcome[]>,
    leaseMs = 300,
  ) => {
    const relay = createMongodbRelay(database, {
      publish,
      maxBatch: 7,
      maxInFlight: 50,
      leaseMs,
      pollMs: 20,
      reportError: () => undefined,
    });
    relays.push(relay);
    relay.start();
    return relay;
  };
  const everythingAnnounced = () =>
    eventually(async () => assert.equal((await readUnannounced(database, new Date())).count, 0), 60_000);
  const stopAll = () => Promise.all(relays.splice(0).map((relay) => relay.stop()));

  const write = async (sku: string, ...events: readonly ProductEvent[]): Promise<ProductState> => {
    let state: ProductState = absent;
    for (const event of events) {
      const next = await store.append(sku, state, event, { actor: 'ada' });
      assert.notEqual(next, 'conflict');
      if (next !== 'conflict') state = next;
    }
    return state;
  };

  it('keeps the order of each product, however many relays there are, and repeats nothing', async () => {
    const announced: Announced[] = [];
    const publish = async (messages: readonly Message[]) => {
      await sleep(Math.random() * 5);
      announced.push(...messages.map(announcedBy));
      return messages.map(() => OK);
    };
    for (let at = 0; at < 3; at += 1) relayTo(publish, 60_000);
    const skus = Array.from({ length: 40 }, (_, at) => `MANY-${at}`);
    await Promise.all(skus.map((sku) => write(sku, created(sku), priced(1), priced(2), priced(3))));
    await everythingAnnounced();
    await stopAll();
    for (const sku of skus) assertInOrder(announced, sku, 4);
    assert.equal(announced.length, 40 * 4);
  });

  it('gives every one of 100 writers of a product, in two replicas, a version of its own', async () => {
    const announced: Announced[] = [];
    const relay = relayTo(async (messages) => {
      announced.push(...messages.map(announcedBy));
      return messages.map(() => OK);
    });
    await write('HOT', created('HOT'));
    const replicas = [1, 2].map(() =>
      createEditProduct(
        storeOf(() => relay.wake()),
        { edited: async () => undefined },
        'EUR',
      ),
    );
    const context = callContext({ actor: { id: 'ada', roles: ['admin'] } });
    const edits = replicas.flatMap((replica, at) =>
      Array.from({ length: 50 }, (_, turn) =>
        replica.update('HOT', { tags: [`${at}-${turn}`] }, undefined, context),
      ),
    );
    assert.deepEqual(new Set((await Promise.all(edits)).map(({ ok }) => ok)), new Set([true]));
    const present = await store.load('HOT');
    assert.equal(versionOf(present), 101);
    const changes = (await store.history('HOT')).map(({ data }) => JSON.stringify(data));
    assert.equal(new Set(changes).size, 101);
    await everythingAnnounced();
    await stopAll();
    assertInOrder(announced, 'HOT', 101);
    assert.deepEqual(await store.states(['HOT']), new Map([['HOT', present]]));
  });

  it('lets a late state never replace a newer one', async () => {
    const present = await write('LATE', created('LATE'), priced(1), deleted);
    const [first, second, third] = await database.events.find({ sku: 'LATE' }).sort({ version: 1 }).toArray();
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    for (const late of [[first], [second, first], [third], [second]]) {
      await writeStates(database, late);
      assert.deepEqual(await store.states(['LATE']), new Map([['LATE', present]]));
    }
    relayTo(async (messages) => messages.map(() => OK));
    await everythingAnnounced();
    await stopAll();
  });

  it('finishes what a writer that died after its commit had not begun, before it announces it', async () => {
    // Their products are nowhere: the process might as well have died right after the event.
    const nowhere = openDatabase('mongodb://127.0.0.1:1/nowhere');
    const interrupted = createMongodbProductStore(
      { ...database, products: nowhere.products },
      { clock: systemClock, logger: memoryLogger('catalog'), committed: () => undefined },
    );
    const first = await interrupted.append('HALF', absent, created('HALF'), { actor: 'ada' });
    assert.ok(first !== 'conflict');
    await interrupted.append('HALF', first, priced(777), { actor: 'ada' });
    await nowhere.close();
    assert.deepEqual(await store.states(['HALF']), new Map([['HALF', absent]]));
    const present = await store.load('HALF');
    assert.equal(versionOf(present), 2);

    const announced: Announced[] = [];
    relayTo(async (messages) => {
      const states = await store.states(messages.map(({ key }) => key));
      for (const message of messages) {
        const { sku, version } = announcedBy(message);
        assert.ok(versionOf(states.get(sku) ?? absent) >= version, 'announced before it was written');
        announced.push({ sku, version });
      }
      return messages.map(() => OK);
    });
    await everythingAnnounced();
    await stopAll();
    assertInOrder(announced, 'HALF', 2);
    assert.deepEqual(await store.states(['HALF']), new Map([['HALF', present]]));
  });

  it('tries again what failed, and lets no other product wait for it', async () => {
    await write('POISON', created('POISON'), priced(1));
    await write('HEALTHY', created('HEALTHY'), priced(1), priced(2));
    let refusals = 0;
    let healthyFirst = false;
    const announced: Announced[] = [];
    relayTo(async (messages) =>
      messages.map((message) => {
        if (message.key === 'POISON' && refusals < 3) {
          refusals += 1;
          return { ok: false, error: new Error('refused') };
        }
        announced.push(announcedBy(message));
        if (message.key === 'POISON') healthyFirst ||= announced.some(({ sku }) => sku === 'HEALTHY');
        return OK;
      }),
    );
    await everythingAnnounced();
    await stopAll();
    assert.equal(refusals, 3);
    assert.ok(healthyFirst);
    assertInOrder(announced, 'POISON', 2);
    assertInOrder(announced, 'HEALTHY', 3);
  });

  it('leaves an event to the relay that holds it, and all that follow of its product', async () => {
    await write('HELD', created('HELD'), priced(1), priced(2));
    const holder = createClaims(database, { owner: 'holder', leaseMs: 60_000 });
    const other = createClaims(database, { owner: 'other', leaseMs: 60_000 });
    const [taken, ...more] = await holder.take(10, []);
    assert.equal(taken?.version, 1);
    assert.deepEqual(more, []);
    assert.deepEqual(await other.take(10, []), []);
    await holder.announced([taken]);
    const next = await Promise.all([holder.take(10, []), other.take(10, [])]);
    assert.deepEqual(
      next.flat().map(({ _id }) => _id),
      ['HELD:2'],
    );
    // Renewed, it stays; where nobody renews, the lease runs out, and the next relay takes over.
    const impatient = createClaims(database, { owner: 'impatient', leaseMs: 0 });
    await eventually(async () => {
      const [seized] = await impatient.take(10, []);
      assert.equal(seized?.version, 2);
    });
    await impatient.release();
    await holder.release();
    await other.release();
    relayTo(async (messages) => messages.map(() => OK));
    await everythingAnnounced();
    await stopAll();
  });

  it('goes on where a killed relay stopped', async () => {
    const skus = Array.from({ length: 30 }, (_, at) => `KILLED-${at}`);
    await Promise.all(skus.map((sku) => write(sku, created(sku), priced(1), priced(2))));
    const program = path.join(import.meta.dirname, 'fixtures/relay-program.ts');
    const child = spawn(process.execPath, [program, database.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const announced: Announced[] = [];
    for await (const line of createInterface(child.stdout)) {
      announced.push(JSON.parse(line) as Announced);
      if (announced.length === 25) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    assert.ok((await readUnannounced(database, new Date())).count > 0, 'it was to be killed halfway');

    relayTo(async (messages) => {
      announced.push(...messages.map(announcedBy));
      return messages.map(() => OK);
    });
    await everythingAnnounced();
    await stopAll();
    for (const sku of skus) assertInOrder(announced, sku, 3);
  });
});
