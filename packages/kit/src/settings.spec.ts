import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createMetrics } from './kit-metrics.ts';
import { renderMetrics } from './metrics.ts';
import { createSettings, watchSettings } from './settings.ts';
import { eventually, memoryLogger } from './testing.ts';

const schema = z.strictObject({ revision: z.int().min(1), limit: z.int().default(5) });
const NEVER = 3_600_000;

async function inDirectory(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'settings-'));
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function watchFile(path: string, pollMs: number) {
  const metrics = createMetrics({ service: 'test' });
  const logger = memoryLogger();
  const seen: number[] = [];
  const onChange = ({ revision }: { revision: number }) => void seen.push(revision);
  const settings = await watchSettings({ path, schema, logger, metrics, pollMs, onChange });
  const metric = async (name: string) =>
    new RegExp(`^${name}\\{service="test"\\} (.*)$`, 'm').exec(
      (await renderMetrics(metrics.registry)).body,
    )?.[1];
  return { settings, logger, seen, metric };
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

describe('watched settings', () => {
  it('a file that is bad or missing at the start is an error that says why', () =>
    inDirectory(async (dir) => {
      const path = join(dir, 'settings.json');
      await assert.rejects(watchFile(path, NEVER), { code: 'ENOENT' });
      await writeFile(path, '{"revision":0,"more":1}');
      await assert.rejects(watchFile(path, NEVER), /bad settings in .*revision: .*Unrecognized key/);
    }));

  it('takes a change by atomic rename into force', () =>
    inDirectory(async (dir) => {
      const path = join(dir, 'settings.json');
      await writeFile(path, '{"revision":1}');
      const { settings, seen, metric } = await watchFile(path, NEVER);
      assert.deepEqual(settings.current(), { revision: 1, limit: 5 });
      await replaceFile(path, '{"revision":2,"limit":9}');
      await eventually(() => assert.deepEqual(settings.current(), { revision: 2, limit: 9 }));
      assert.deepEqual(seen, [2]);
      assert.equal(await metric('settings_revision'), '2');
      settings.close();
    }));

  it('takes a change by the symlink swap of a ConfigMap into force', () =>
    inDirectory(async (dir) => {
      for (const revision of [1, 2]) {
        await mkdir(join(dir, `..version-${revision}`));
        await writeFile(join(dir, `..version-${revision}`, 'settings.json'), `{"revision":${revision}}`);
      }
      await symlink('..version-1', join(dir, '..data'));
      await symlink(join('..data', 'settings.json'), join(dir, 'settings.json'));
      const { settings } = await watchFile(join(dir, 'settings.json'), NEVER);
      await symlink('..version-2', join(dir, '..data_tmp'));
      await rename(join(dir, '..data_tmp'), join(dir, '..data'));
      await eventually(() => assert.equal(settings.current().revision, 2));
      settings.close();
    }));

  it('refuses a bad file once, keeps the old settings, and recovers', () =>
    inDirectory(async (dir) => {
      const path = join(dir, 'settings.json');
      await writeFile(path, '{"revision":1}');
      const { settings, seen, logger, metric } = await watchFile(path, 5);
      for (const [count, bad] of ['{"revision":', '{"revision":"two"}'].entries()) {
        await replaceFile(path, bad);
        await eventually(async () => assert.equal(await metric('settings_rejected_total'), `${count + 1}`));
      }
      await settings.refresh();
      assert.equal(await metric('settings_rejected_total'), '2');
      assert.deepEqual(settings.current(), { revision: 1, limit: 5 });
      assert.match(logger.lines.join(''), /settings refused; the previous ones stay in force/);
      await rm(path);
      await eventually(async () => assert.equal(await metric('settings_rejected_total'), '3'));
      await replaceFile(path, '{"revision":3}');
      await eventually(() => assert.equal(settings.current().revision, 3));
      assert.deepEqual(seen, [3]);
      settings.close();
    }));

  it('polls where the system watches nothing more', (t) =>
    inDirectory(async (dir) => {
      const exhausted = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      t.mock.method(fs, 'watch', () => {
        throw exhausted;
      });
      syncBuiltinESMExports();
      t.after(() => {
        t.mock.restoreAll();
        syncBuiltinESMExports();
      });
      const path = join(dir, 'settings.json');
      await writeFile(path, '{"revision":1}');
      const { settings, logger } = await watchFile(path, 5);
      assert.match(logger.lines.join(''), /settings are polled, since watching failed/);
      await replaceFile(path, '{"revision":2}');
      await eventually(() => assert.equal(settings.current().revision, 2));
      settings.close();
    }));

  it('a follower that throws does not keep the change from the others', () =>
    inDirectory(async (dir) => {
      const path = join(dir, 'settings.json');
      await writeFile(path, '{"revision":1}');
      const { settings, logger, metric } = await watchFile(path, NEVER);
      const seen: number[] = [];
      settings.subscribe(() => {
        throw new Error('a bug in a follower');
      });
      settings.subscribe(({ revision }) => void seen.push(revision));
      await replaceFile(path, '{"revision":2}');
      await eventually(() => assert.deepEqual(seen, [2]));
      assert.equal(await metric('settings_rejected_total'), '0');
      assert.match(logger.lines.join(''), /a bug in a follower/);
      settings.close();
    }));
});

describe('settings in memory', () => {
  it('tells its followers of a change, until they leave', () => {
    const settings = createSettings({ n: 1 });
    const seen: number[] = [];
    const leave = settings.subscribe(({ n }) => void seen.push(n));
    settings.replace({ n: 2 });
    leave();
    settings.replace({ n: 3 });
    assert.deepEqual({ seen, current: settings.current() }, { seen: [2], current: { n: 3 } });
  });
});
