/** Messages that could not be handled, from the first alarm to the last one handled, over HTTP and the command line. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  DeadLetter,
  DeadLetterAction,
  DeadLetterGroup,
  DeadLetterReplay,
  DeadLetterSummary,
  Stock,
} from '@ecommercestack/contracts';
import { Client, type Answer } from '../client.ts';
import { publishFromCatalog, setAsideAtInventory } from '../dead-letters.ts';
import { eventually } from '../eventually.ts';
import { assertInvariants } from '../invariants.ts';
import { run, type Platform, type StartPlatform } from '../platform.ts';
import { snapshot } from '../product.ts';

const PATH = '/api/ops/dead-letters';
interface Page<T> {
  readonly items: readonly T[];
  readonly unavailable: readonly string[];
}

interface Outcome {
  readonly outcome: string;
  readonly letter: DeadLetter;
}

/** `start` decides on the runtime. */
export function describeDeadLetters(start: StartPlatform): void {
  describe('dead letters, end to end', () => {
    let platform: Platform;
    let customer: Client;
    let support: Client;
    let operator: Client;

    before(async () => {
      platform = await start();
      const guest = new Client(platform.access.url);
      const [ada, sue, oli] = await Promise.all(
        (['customer', 'support', 'operator'] as const).map(async (role) => {
          const tokens = await platform.tokens([`the-${role}`], role);
          return guest.as(tokens.get(`the-${role}`));
        }),
      );
      assert(ada && sue && oli);
      [customer, support, operator] = [ada, sue, oli];
    });

    after(() => platform.stop());

    const codeOf = ({ body }: Answer) => (body as { readonly code?: string }).code;
    const etagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
    const deadletters = (...args: readonly string[]) =>
      run('local/src/deadletters.ts', [...args, '--data', platform.data, '--as', 'cli-user']);

    async function openAt(service: string, key: string): Promise<DeadLetterSummary> {
      return await eventually(`${service} sets ${key} aside`, async () => {
        const { body } = await support.get<Page<DeadLetterSummary>>(`${PATH}?status=open&service=${service}`);
        return body.items.find((letter) => letter.key === key);
      });
    }

    test('a faulty message is found, explained, mended, replayed, and then has its effect', async () => {
      const sku = 'POISON-1';
      const { name, ...nameless } = snapshot(sku);
      await publishFromCatalog(platform, sku, { product: nameless });
      const { id } = await openAt('inventory', sku);
      const path = `${PATH}/inventory/${id}`;

      const groups = (await support.get<Page<DeadLetterGroup>>(`${PATH}/groups?status=open`)).body;
      const group = groups.items.find(({ service }) => service === 'inventory');
      assert.deepEqual([group?.suggestion, group?.type], ['edit', 'product-created']);
      assert.deepEqual(groups.unavailable, []);

      const found = await support.get<DeadLetter>(path);
      assert.deepEqual(
        found.body.advice.problems.map((problem) => problem.path),
        ['data.product.name'],
      );
      const { attempts } = found.body;
      const failed = (await operator.post<Outcome>(`${path}/replay`)).body;
      assert.deepEqual(
        [failed.outcome, failed.letter.status, failed.letter.attempts],
        ['failed', 'open', attempts + 1],
      );
      assert.equal((await customer.get(`/api/inventory/${sku}`)).status, 404);

      const patch = (data: unknown, version: string) =>
        operator.request<DeadLetter>('PATCH', path, { body: { data }, headers: { 'if-match': version } });
      const data = { product: { ...nameless, name } };
      assert.equal(codeOf(await patch(data, etagOf(found))), 'version-conflict', 'it was replayed since');
      const latest = etagOf(await support.get<DeadLetter>(path));
      const wrong = await patch({ product: { ...nameless, name: 5 } }, latest);
      assert.deepEqual([wrong.status, codeOf(wrong)], [400, 'invalid-request']);
      const edited = await patch(data, latest);
      assert.equal(edited.status, 200, JSON.stringify(edited.body));
      assert.deepEqual(edited.body.original?.['data'], { product: nameless });
      assert.deepEqual(edited.body.advice.problems, []);

      const replayed = (await operator.post<Outcome>(`${path}/replay`)).body;
      assert.deepEqual([replayed.outcome, replayed.letter.status], ['handled', 'replayed']);
      assert.equal((await customer.get<Stock>(`/api/inventory/${sku}`)).body.available, 0);
      assert.equal((await operator.post<Outcome>(`${path}/replay`)).body.outcome, 'already-replayed');
      assert.deepEqual(
        replayed.letter.history.map(({ action, actor, outcome }) => [action, actor, outcome]),
        [
          ['set-aside', 'system', 'failed'],
          ['replay', 'the-operator', 'failed'],
          ['edit', 'the-operator', 'done'],
          ['replay', 'the-operator', 'handled'],
        ],
      );

      // The catalog reads its own events, too, and could not read this one either.
      const own = await openAt('catalog', sku);
      const discarded = await operator.post<DeadLetter>(`${PATH}/catalog/${own.id}/discard`, {
        reason: 'the catalog never had it',
      });
      assert.equal(discarded.body.status, 'discarded');
    });

    test('customers see nothing of it, support looks on, and each action is in the audit', async () => {
      assert.equal((await customer.get(PATH)).status, 403);
      assert.equal((await support.post(`${PATH}/inventory/1/replay`)).status, 403);
      assert.equal((await support.post(`${PATH}/replays`, {})).status, 403);
      const { items } = (await support.get<Page<DeadLetterAction>>('/api/ops/audit?limit=100')).body;
      assert.deepEqual(
        items.map(({ actor, action, outcome, service }) => [actor, action, outcome, service]),
        [
          ['the-operator', 'discard', 'done', 'catalog'],
          ['the-operator', 'replay', 'handled', 'inventory'],
          ['the-operator', 'edit', 'done', 'inventory'],
          ['the-operator', 'replay', 'failed', 'inventory'],
        ],
      );
    });

    test('many are replayed in growing batches once the cause is mended, and not before', async () => {
      const skus = ['OUTAGE-1', 'OUTAGE-2', 'OUTAGE-3', 'OUTAGE-4', 'OUTAGE-5'];
      const filter = { reason: 'connection terminated' };
      await setAsideAtInventory(platform, 'OUTAGE-0', {});
      for (const sku of skus) await setAsideAtInventory(platform, sku, { product: snapshot(sku) });
      const start = (key: string) =>
        operator.post<DeadLetterReplay>(
          `${PATH}/replays`,
          { service: 'inventory', filter, limits: { perSecond: 200 } },
          { 'idempotency-key': key },
        );
      const ended = (id: string) =>
        eventually('the replay ends', async () => {
          const { body } = await support.get<DeadLetterReplay>(`${PATH}/replays/${id}`);
          return body.status !== 'running' && body;
        });

      const first = await start('first');
      assert.equal(first.status, 202);
      const stopped = await ended(first.body.replayId);
      assert.deepEqual(
        [stopped.status, stopped.parts[0]?.failed, stopped.parts[0]?.remaining],
        ['stopped', 1, 5],
      );
      const { id } = await openAt('inventory', 'OUTAGE-0');
      await operator.post(`${PATH}/inventory/${id}/discard`, { reason: 'there is nothing in it' });

      const second = await start('second');
      assert.equal((await start('second')).body.replayId, second.body.replayId);
      const done = await ended(second.body.replayId);
      assert.deepEqual([done.status, done.parts[0]?.handled, done.parts[0]?.remaining], ['done', 5, 0]);
      const { body } = await customer.get<Page<Stock>>(`/api/inventory?skus=${skus.join(',')}`);
      assert.equal(body.items.length, skus.length);
    });

    test('the command line does the same, and its exit code tells whether it worked', async () => {
      const sku = 'POISON-2';
      const { price, ...free } = snapshot(sku);
      await publishFromCatalog(platform, sku, { product: free });
      const [here, there] = [await openAt('inventory', sku), await openAt('catalog', sku)];
      const target = `inventory/${here.id}`;
      assert.match(await deadletters('list'), new RegExp(`${target} +open +inventory +product-created`));
      assert.match(await deadletters('groups', '--service', 'inventory'), /To do: edit/);
      assert.match(await deadletters('show', target), /data\.product\.price/);
      await assert.rejects(
        deadletters('replay', target),
        /ended with 1:\nIt failed again: a malformed product-created/,
      );
      await assert.rejects(
        deadletters('edit', target, '--set', 'product={}'),
        /ended with 1:[^]*data\.product\.sku/,
      );
      await assert.rejects(deadletters('discard', target), /ended with 2:/);
      const product = JSON.stringify({ ...free, price });
      assert.match(await deadletters('edit', target, '--set', `product=${product}`), /Data as it came/);
      const replayed = JSON.parse(await deadletters('replay', target, '--json')) as Outcome;
      assert.deepEqual([replayed.outcome, replayed.letter.status], ['handled', 'replayed']);
      await deadletters('discard', `catalog/${there.id}`, '--why', 'the catalog never had it');
      assert.equal((await deadletters('list')).trim(), 'There are none.');
      await setAsideAtInventory(platform, 'OUTAGE-9', { product: snapshot('OUTAGE-9') });
      assert.match(
        await deadletters('replay', '--all', '--service', 'inventory'),
        /inventory +done +1 +0 +0/,
      );
      assert.match(await deadletters('audit', '--limit', '3'), /cli-user +replay +inventory\/\d+ +handled/);
    });

    test('how many are open is a figure to alert on, and closed ones do no harm', async () => {
      const metrics = await (await fetch(`${platform.access.adminUrl}/metrics`)).text();
      for (const consumer of ['order', 'inventory', 'payment', 'catalog', 'notification'])
        assert.match(metrics, new RegExp(`dead_letters_open\\{[^}]*consumer="${consumer}"\\} 0`));
      await assertInvariants(platform);
    });
  });
}
