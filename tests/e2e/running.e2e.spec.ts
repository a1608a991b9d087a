/** What a person meets who starts, stops and breaks the shop on a laptop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Order, ProductPage } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { Platform, run, shell, spawnPlatform } from '../src/platform.ts';

/** Starts a platform that cannot start; returns what it said. */
async function failedStart(args: readonly string[]): Promise<string> {
  const child = spawnPlatform(args);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 1, output);
  return output;
}

describe('running the shop', () => {
  let platform: Platform;
  const options = () => [
    '--data',
    platform.data,
    '--stack',
    platform.stackFile,
    '--port',
    '0',
    '--admin-port',
    '0',
  ];

  before(async () => {
    platform = await Platform.start();
  });

  after(async () => {
    await platform.stop();
  });

  test('the four lines that the terminal shows work as they are', async () => {
    const lines = platform.output.split('\n').map((line) => line.trim());
    const exports = lines.flatMap((line) => /export \w+=\S+/.exec(line) ?? []);
    const commands = lines.filter((line) => line.startsWith('curl '));
    assert.equal(commands.length, 4);
    const [search, placed, list, restocked] = await Promise.all(
      commands.map(async (line): Promise<unknown> => JSON.parse(await shell([...exports, line].join('\n')))),
    );
    assert.ok((search as ProductPage).items.length > 0);
    assert.equal((placed as Order).status, 'CONFIRMED');
    assert.ok(Array.isArray((list as { items: unknown[] }).items));
    assert.ok((restocked as { available: number }).available >= 10);
  });

  test('access.json is for scripts, and for its owner alone', async () => {
    const file = join(platform.data, 'access.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const access = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    assert.equal(
      (await new Client(String(access['url']), access['customerToken']).get('/api/orders')).status,
      200,
    );
    assert.equal(
      (await new Client(String(access['url']), access['adminToken']).get('/api/payments/health')).status,
      200,
    );
  });

  test('a second instance on the same data is told who holds it', async () => {
    assert.match(await failedStart(options()), /already running/);
    assert.equal(
      (await new Client(platform.access.url).get('/api/products')).status,
      200,
      'the first one is unharmed',
    );
  });

  test('a taken port is named together with the way out', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const data = join(await mkdtemp(join(tmpdir(), 'ecommercestack-')), 'data');
    const said = await failedStart([
      '--data',
      data,
      '--stack',
      platform.stackFile,
      '--port',
      String(port),
      '--admin-port',
      '0',
    ]);
    assert.match(said, new RegExp(`Port ${port} is taken.*--port`));
    holder.close();
    await rm(join(data, '..'), { recursive: true });
  });

  test('a mistake on the command line or in the resource is explained', async () => {
    assert.match(await failedStart(['--prot', '1']), /--prot[^]*Usage:/);
    await platform.editStack('kind: EcommerceStack\nspec: { replicas: 3 }\n');
    const data = join(await mkdtemp(join(tmpdir(), 'ecommercestack-')), 'data');
    const said = await failedStart(['--data', data, '--stack', platform.stackFile]);
    assert.match(said, /apiVersion/);
    assert.match(said, /spec\.version/);
    await rm(join(data, 'platform.log'));
    await mkdir(join(data, 'platform.log'));
    assert.match(await failedStart(['--data', data]), /^Cannot write .*platform\.log: EISDIR/m);
    await rm(join(data, '..'), { recursive: true });
  });

  test('Ctrl-C finishes what is in flight; the next start finds everything as it was', async () => {
    const ada = new Client(platform.access.url, platform.access.customerToken);
    const { body: before } = await ada.order(orderOf('TEA-SENCHA-100'));
    const slow = ada.order(orderOf('TEA-SENCHA-100', 1, 'tok_slow'));
    await eventually(
      'the slow order is accepted',
      async () => (await ada.get<{ items: unknown[] }>('/api/orders?status=RESERVED')).body.items.length > 0,
    );
    assert.equal(await platform.interrupt(), 0);
    assert.equal((await slow).status, 202, 'the request in flight was answered');
    await platform.editStack();
    await platform.start();
    const again = ada.at(platform.access.url);
    assert.deepEqual((await again.get<Order>(`/api/orders/${before.orderId}`)).body.total, before.total);
    await eventually('the slow order is confirmed', async () => {
      const { body } = await again.get<Order>(`/api/orders/${(await slow).body.orderId}`);
      return body.status === 'CONFIRMED';
    });
    assert.ok((await again.get<ProductPage>('/api/products')).body.total >= 60);
  });

  test('the invariants can be checked while it runs', async () => {
    const said = await run('packages/invariants/src/main.ts', ['--data', platform.data]);
    assert.match(said, /✓ I1 /);
    assert.doesNotMatch(said, /✗/);
  });

  test('a half-deleted data folder is recognised, and nothing is made up in its place', async () => {
    await platform.interrupt();
    await rm(join(platform.data, 'postgres', 'cluster', 'global'), { recursive: true });
    const said = await failedStart(options());
    assert.match(said, /missing|damaged|incomplete/i);
  });
});

describe('the demo', () => {
  test('shows orders moving', async () => {
    const platform = await Platform.start({ args: ['--demo'] });
    await eventually('orders are confirmed', async () => /[1-9][0-9]* confirmed/.test(platform.output));
    assert.equal(await platform.interrupt(), 0);
    await platform.stop();
  });
});
