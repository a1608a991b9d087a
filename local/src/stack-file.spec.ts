import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { settings as settingsSchema, type Settings } from '@ecommercestack/contracts';
import { createLogger } from '@ecommercestack/kit';
import { openStackFile, parseStack, type StackFile } from './stack-file.ts';

const head = 'apiVersion: ecommercestack.io/v1alpha1\nkind: EcommerceStack\nmetadata: { name: shop }\n';

describe('the resource on a laptop', () => {
  let folder: string;
  let opened: StackFile | undefined;
  const lines: string[] = [];
  const logger = createLogger({ service: 'local', sink: { write: (line) => lines.push(line) } });
  const stackPath = () => join(folder, 'stack.yaml');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stack-file-'));
    await writeFile(stackPath(), `${head}spec: { version: 1.0.0 }\n`);
  });

  afterEach(async () => {
    await opened?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<StackFile> {
    opened = await openStackFile(stackPath(), join(folder, 'settings.json'), logger);
    return opened;
  }

  async function changeTo(text: string, file: StackFile): Promise<Settings> {
    const changed = Promise.withResolvers<Settings>();
    file.follow({ prepare: async () => undefined, applied: async (settings) => changed.resolve(settings) });
    await writeFile(stackPath(), text);
    return await changed.promise;
  }

  test('a two-line spec gets every default', async () => {
    const settings = (await open()).settings();
    assert.deepEqual(settings.payment.provider.circuitBreaker, {
      failureThreshold: 5,
      openSeconds: 60,
      halfOpenRequests: 3,
    });
    assert.deepEqual(Object.keys(settings.services).sort(), [
      'catalog',
      'gateway',
      'inventory',
      'notification',
      'order',
      'payment',
    ]);
    assert.deepEqual(
      settingsSchema.parse(JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8'))),
      settings,
    );
  });

  test('an edit is written at once, with a higher revision', async () => {
    const file = await open();
    const changed = await changeTo(
      `${head}spec: { version: 1.0.0, services: [{ name: catalog, canary: { version: 2.0.0, weight: 5 } }] }\n`,
      file,
    );
    assert.equal(changed.revision, file.settings().revision);
    assert.deepEqual(changed.services.catalog.canary, {
      version: '2.0.0',
      weight: 5,
      sticky: true,
      salt: 'catalog/2.0.0',
    });
  });

  test('the revision goes on growing after a restart', async () => {
    const first = (await open()).settings().revision;
    await opened?.close();
    assert.equal((await open()).settings().revision, first + 1);
  });

  test('a bad edit is refused and the settings stay', async () => {
    const file = await open();
    const { revision } = file.settings();
    await writeFile(
      stackPath(),
      `${head}spec: { version: 1.0.0, services: [{ name: catalog, canary: { version: 2.0.0, weight: 101 } }] }\n`,
    );
    const changed = await changeTo(`${head}spec: { version: 1.0.1 }\n`, file);
    assert.equal(changed.revision, revision + 1, 'the bad edit took no revision');
  });

  test('every wrong field is named', () => {
    const text = `${head}spec: { version: '', services: [{ name: catalogue }, { name: order, provider: {} }], replicas: 3 }\n`;
    assert.throws(
      () => parseStack(text, 'stack.yaml'),
      (error: Error) =>
        ['spec.version', 'spec.services.0.name', 'spec.services.1.provider', 'replicas'].every((field) =>
          error.message.includes(field),
        ),
    );
  });
});
