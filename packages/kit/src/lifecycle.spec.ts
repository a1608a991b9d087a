import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('testing/fixtures/process-program.ts', import.meta.url));

/** Runs the program; at the given log line sends it each signal. */
async function run(behaviour: string, signals: Readonly<Record<string, NodeJS.Signals>> = {}) {
  const child = spawn(process.execPath, [program, behaviour], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const sent = new Set<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    for (const [line, signal] of Object.entries(signals)) {
      if (!output.includes(`"message":"${line}"`) || sent.has(line)) continue;
      sent.add(line);
      child.kill(signal);
    }
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const messages = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String((JSON.parse(line) as { message: unknown }).message));
  return { code, messages, output };
}

describe('a process', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 after draining on ${signal}`, async () => {
      const { code, messages } = await run('well', { started: signal });
      assert.deepEqual(
        { code, messages },
        { code: 0, messages: ['started', 'stopping', 'drained', 'stopped'] },
      );
    });
  }

  it('ends at once with 1 on a second signal', async () => {
    const { code, messages } = await run('waits', { started: 'SIGTERM', stopping: 'SIGINT' });
    assert.deepEqual({ code, messages }, { code: 1, messages: ['started', 'stopping'] });
  });

  it('ends with 1 when what is in flight does not finish in time', async () => {
    const { code, messages } = await run('hangs', { started: 'SIGTERM' });
    const late = 'what was in flight did not finish in time';
    assert.deepEqual({ code, messages }, { code: 1, messages: ['started', 'stopping', late, 'stopped'] });
  });

  it('ends with 1 when stopping fails', async () => {
    const { code, output } = await run('cannot-stop', { started: 'SIGTERM' });
    assert.equal(code, 1);
    assert.match(output, /half closed/);
  });

  for (const [behaviour, reason] of [
    ['cannot-start', 'no database'],
    ['rejects', 'forgotten'],
    ['throws', 'unexpected'],
  ] as const) {
    it(`logs why and ends with 1 when it ${behaviour}`, async () => {
      const { code, output } = await run(behaviour);
      assert.equal(code, 1);
      assert.match(output, new RegExp(`"level":"fatal".*${reason}`));
    });
  }
});
