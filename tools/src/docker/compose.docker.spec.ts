import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MissingPartError, findProgram, runToEnd } from '@ecommercestack/local/parts';
import { root } from '../repository.ts';

/** Reading the file takes no engine. */
async function compose(...args: string[]): Promise<string> {
  const searchPath = process.env['PATH'] ?? '';
  const options = { cwd: root };
  const docker = findProgram('docker', searchPath);
  if (docker !== undefined) {
    const plugIn = await runToEnd(docker, ['compose', 'version'], options).catch(() => undefined);
    if (plugIn !== undefined) return runToEnd(docker, ['compose', ...args], options);
  }
  const program = findProgram('docker-compose', searchPath);
  if (program === undefined) {
    throw new MissingPartError('Docker Compose', 'sudo apt-get install -y docker-compose');
  }
  return runToEnd(program, args, options);
}

void describe('docker-compose.yaml', { timeout: 60_000 }, () => {
  void it('is what Compose reads', async () => {
    await compose('--profile', 'kafka', 'config', '--quiet');
    const services = (await compose('--profile', 'kafka', 'config', '--services')).trim().split('\n');
    assert.ok(services.includes('kafka') && services.includes('order-dapr'));
  });
});
