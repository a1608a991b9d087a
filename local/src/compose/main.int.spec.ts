import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { settings } from '@ecommercestack/contracts';
import { parse, stringify } from 'yaml';
import { discardFolder, startPostgres, type Postgres } from '../postgres.ts';
import { backends } from '../services.ts';

const SHOP = {
  apiVersion: 'ecommercestack.io/v1alpha1',
  kind: 'EcommerceStack',
  metadata: { name: 'shop' },
  spec: { version: '1.0.0' },
};

describe('what docker compose needs beside the services', { timeout: 120_000 }, () => {
  let folder: string;
  let postgres: Postgres;
  let program: ChildProcess | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-spec-'));
    await chmod(folder, 0o711);
    postgres = await startPostgres({ dataDir: join(folder, 'postgres'), flags: ['-c', 'fsync=off'] });
    await writeFile(join(folder, 'stack.yaml'), stringify(SHOP));
  });
  after(async () => {
    program?.kill('SIGKILL');
    await postgres.stop();
    await discardFolder(folder);
  });

  const inFolder = (...names: string[]) => join(folder, ...names);

  /** Resolves when the program says that the services can start. */
  async function run(broker: 'redis' | 'kafka'): Promise<ChildProcess> {
    const ready = inFolder('ready');
    await rm(ready, { force: true });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        DATA_DIR: folder,
        STACK_FILE: inFolder('stack.yaml'),
        BROKER: broker,
        DATABASE_URL: postgres.connectionString('postgres'),
        REDIS_PASSWORD: 'of-redis',
        WEBHOOK_SECRET: 'of-the-provider',
      },
    });
    program = child;
    while (!existsSync(ready)) {
      assert.equal(child.exitCode, null);
      await sleep(20);
    }
    return child;
  }

  async function stop(child: ChildProcess): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  }

  async function readSettings() {
    return settings.parse(JSON.parse(await readFile(inFolder('settings.json'), 'utf8')));
  }

  async function resource(name: string): Promise<{ readonly spec: Readonly<Record<string, unknown>> }> {
    return parse(await readFile(inFolder('dapr', name), 'utf8')) as { spec: Record<string, unknown> };
  }

  test('is made at each start, whether it was there or not', async () => {
    await stop(await run('redis'));
    assert.equal((await resource('components/pubsub.yaml')).spec['type'], 'pubsub.redis');
    await stop(await run('kafka'));
    assert.equal((await resource('components/pubsub.yaml')).spec['type'], 'pubsub.kafka');
    for (const name of backends) {
      const { spec } = await resource(`configuration/${name}.yaml`);
      assert.equal(spec['accessControl'], undefined);
      assert.notEqual(spec['metrics'], undefined);
    }
    assert.ok((await readdir(inFolder('dapr/components'))).includes('subscriptions-order.yaml'));
    assert.ok(existsSync(inFolder('keys/jwks.json')));
  });

  test('holds the secrets, for its owner alone', async () => {
    const file = inFolder('dapr/secrets.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const secrets = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
    assert.deepEqual(secrets['redis'], { password: 'of-redis' });
    assert.equal(secrets['payment']?.['WEBHOOK_SECRET'], 'of-the-provider');
    const url = secrets['order']?.['DATABASE_URL'];
    assert.equal(url, postgres.connectionString('order'));
  });

  test('follows the resource, but not to a canary, which it could not run', async () => {
    const child = await run('redis');
    const { revision } = await readSettings();
    const withCanary = {
      ...SHOP,
      spec: { version: '1.0.0', services: [{ name: 'catalog', canary: { version: '2.0.0', weight: 5 } }] },
    };
    await writeFile(inFolder('stack.yaml'), stringify(withCanary));
    await sleep(1_500);
    assert.equal((await readSettings()).revision, revision);
    await writeFile(inFolder('stack.yaml'), stringify({ ...SHOP, spec: { version: '1.1.0' } }));
    while ((await readSettings()).revision === revision) await sleep(20);
    assert.equal((await readSettings()).services.order.version, '1.1.0');
    await stop(child);
  });
});
