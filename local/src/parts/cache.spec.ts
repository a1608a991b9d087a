import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeOnce } from './cache.ts';

void describe('a part in the cache', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cache-spec-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  void it('is made once, however many ask at once and again', async () => {
    const target = path.join(folder, 'once/part');
    let made = 0;
    const make = async (fresh: string): Promise<void> => {
      made += 1;
      await sleep(50);
      await writeFile(fresh, 'whole');
    };
    const asked = [makeOnce(target, make), makeOnce(target, make), makeOnce(target, make)];
    assert.deepEqual(await Promise.all(asked), [target, target, target]);
    await makeOnce(target, make);
    assert.equal(made, 1);
    assert.deepEqual(await readdir(path.dirname(target)), ['part']);
  });

  void it('is not there after a failure, and is made by the next', async () => {
    const target = path.join(folder, 'failed/part');
    const failing = makeOnce(target, async (fresh) => {
      await writeFile(fresh, 'half');
      throw new Error('the build failed');
    });
    await assert.rejects(failing, /the build failed/);
    assert.equal(existsSync(target), false);
    await makeOnce(target, (fresh) => writeFile(fresh, 'whole'));
    assert.equal(await readFile(target, 'utf8'), 'whole');
  });

  void it('is made again by the next when its maker was killed halfway', async () => {
    const target = path.join(folder, 'killed/part');
    const program = `
      import { writeFile } from 'node:fs/promises';
      import { makeOnce } from ${JSON.stringify(import.meta.resolve('./cache.ts'))};
      await makeOnce(process.argv[1], async (fresh) => {
        await writeFile(fresh, 'half');
        process.stdout.write('half');
        await new Promise((never) => setTimeout(never, 60_000));
      });`;
    const maker = spawn(process.execPath, ['--input-type=module', '--eval', program, target], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(maker.stdout, 'data');
    maker.kill('SIGKILL');
    await once(maker, 'exit');
    assert.equal(existsSync(target), false);
    await makeOnce(target, (fresh) => writeFile(fresh, 'whole'));
    assert.equal(await readFile(target, 'utf8'), 'whole');
    assert.deepEqual(await readdir(path.dirname(target)), ['part']);
  });
});
