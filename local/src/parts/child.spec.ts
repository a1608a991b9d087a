import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { identity } from '../postgres/owner.ts';
import { startChild } from './child.ts';

const SERVER = `echo "as $0 with PATH=$PATH"; trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;

void describe('a server as a child', { timeout: 60_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'child-spec-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function options(name: string, script = SERVER) {
    const dir = path.join(folder, name);
    return {
      name,
      program: '/bin/sh',
      args: ['-c', script, name],
      env: { PATH: '/bin' },
      dir,
      ready: /^ready$/m,
    };
  }

  /** Starts the server from a process that is then killed; resolves with the id of the server it leaves. */
  async function startAndKillParent(name: string, signal: NodeJS.Signals): Promise<number> {
    const program = `
      import { startChild } from ${JSON.stringify(import.meta.resolve('./child.ts'))};
      const child = await startChild({ ...JSON.parse(process.argv[1]), ready: /^ready$/m });
      process.stdout.write(String(child.pid));`;
    const parent = spawn(
      process.execPath,
      ['--input-type=module', '--eval', program, JSON.stringify(options(name))],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    parent.kill(signal);
    await once(parent, 'exit');
    return pid;
  }

  async function untilGone(pid: number): Promise<void> {
    while (identity(pid) !== undefined) await sleep(10);
  }

  void it('is ready when its log says so, has the environment it was given, and stops in order', async () => {
    const server = await startChild(options('orderly'));
    assert.notEqual(identity(server.pid), undefined);
    await server.stop();
    await server.ended;
    assert.equal(identity(server.pid), undefined);
    assert.equal(
      readFileSync(path.join(folder, 'orderly/orderly.log'), 'utf8'),
      'as orderly with PATH=/bin\nready\nbye\n',
    );
    await server.stop();
  });

  void it('is not taken for ready by what an earlier one logged', async () => {
    const first = await startChild(options('again'));
    await first.stop();
    await assert.rejects(startChild(options('again', 'echo broken; exit 1')), (error: Error) => {
      assert.equal(error.message, 'again did not start:\nbroken');
      return true;
    });
  });

  void it('is not waited for when it ends in the moment of its start', async () => {
    const brief = (_: unknown, n: number) => startChild(options(`brief-${n}`, 'exit 1'));
    const started = await Promise.allSettled(Array.from({ length: 20 }, brief));
    assert.ok(started.every(({ status }) => status === 'rejected'));
  });

  void it('that cannot be run is an error', async () => {
    await assert.rejects(startChild({ ...options('absent'), program: '/absent' }), /ENOENT/);
  });

  void it('tells when it ends by itself', async () => {
    const server = await startChild(options('mortal', 'echo ready; sleep 0.2'));
    await server.ended;
    await server.stop();
    assert.equal(existsSync(path.join(folder, 'mortal/mortal.pid')), false);
  });

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    void it(`dies with its parent when that is ended by ${signal}`, async () => {
      await untilGone(await startAndKillParent(`orphan-${signal}`, signal));
    });
  }

  void it('makes way for the next one in its folder when it outlived its parent', async () => {
    const left = await startChild(options('left'));
    const next = await startChild(options('left'));
    await left.ended;
    assert.notEqual(identity(next.pid), undefined);
    await next.stop();
  });
});
