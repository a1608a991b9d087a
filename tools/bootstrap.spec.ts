import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const BOOTSTRAP = path.join(import.meta.dirname, 'bootstrap.mjs');

/** Prints its id, then each signal that it gets, and ends a moment after the first: as something that drains. */
const DRAINING = `
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      console.log(signal);
      setTimeout(() => { console.log('drained'); process.exit(3); }, 700);
    });
  }
  setInterval(() => {}, 1000);
  console.log(String(process.pid));`;

void describe('the bootstrap', { timeout: 60_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'bootstrap-spec-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function start(program: string, ...args: string[]) {
    const script = path.join(folder, `${Math.random()}.mjs`);
    await writeFile(script, program);
    const child = spawn(process.execPath, [BOOTSTRAP, script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const firstLine = async (): Promise<string> => {
      while (lines[0] === undefined) await sleep(20);
      return lines[0];
    };
    return { child, lines, ended, firstLine };
  }

  void it('passes arguments in and the exit code out, and runs the pinned Node', async () => {
    const { lines, ended } = await start(
      'console.log(process.argv[2], process.version); process.exit(7);',
      '--demo',
    );
    assert.deepEqual((await ended)[0], 7);
    assert.match(lines.join(), /^--demo v24\./);
  });

  void it('keeps what was compiled for the next start', async () => {
    const { lines, ended } = await start(
      "import { getCompileCacheDir } from 'node:module'; console.log(getCompileCacheDir());",
    );
    await ended;
    assert.ok(
      lines.join().startsWith(path.join(import.meta.dirname, '../node_modules/.cache/')),
      lines.join(),
    );
  });

  void it('turns the two SIGINTs of a Ctrl-C under npm into one, and waits for the drain', async () => {
    const { child, lines, ended, firstLine } = await start(DRAINING);
    await firstLine();
    child.kill('SIGINT');
    await sleep(30);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [3, null]);
    assert.deepEqual(lines.slice(1), ['SIGINT', 'drained']);
  });

  void it('lets a second, later Ctrl-C through', async () => {
    const { child, lines, ended, firstLine } = await start(DRAINING);
    await firstLine();
    child.kill('SIGINT');
    await sleep(450);
    child.kill('SIGINT');
    await ended;
    assert.deepEqual(lines.slice(1, 3), ['SIGINT', 'SIGINT']);
  });

  void it('asks for an orderly stop when the terminal goes away', async () => {
    const { child, lines, ended, firstLine } = await start(DRAINING);
    await firstLine();
    child.kill('SIGHUP');
    assert.deepEqual(await ended, [3, null]);
    assert.deepEqual(lines.slice(1), ['SIGTERM', 'drained']);
  });

  void it('dies of what the child died of', async () => {
    const { ended } = await start(`process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`);
    assert.deepEqual(await ended, [null, 'SIGTERM']);
  });

  void it('takes the child along when it is killed', async () => {
    const { child, lines, ended, firstLine } = await start(DRAINING);
    const pid = Number(await firstLine());
    child.kill('SIGKILL');
    // The output ends once nobody holds it any more: when the child is gone.
    const gone = await Promise.race([ended.then(() => true), sleep(5000, false, { ref: false })]);
    if (!gone) process.kill(pid, 'SIGKILL');
    assert.equal(gone, true);
    assert.equal(lines.includes('drained'), false);
  });
});
