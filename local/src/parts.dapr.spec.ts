import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runToEnd } from './parts/programs.ts';
import { findDaprd, startKafka, startRedis, startSentry } from './parts.ts';
import { pinnedModule } from './parts/pinned.ts';
import { kafkaProbe } from './parts/spec/kafka-probe.ts';

void describe('the real parts', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'parts-spec-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** Sends one command, as Redis accepts it by hand, and resolves with the first line of the answer. */
  function redis(port: number, ...commands: string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      socket.once('error', reject).once('close', () => resolve(answer.split('\r\n').slice(0, -1)));
      socket.write([...commands, 'QUIT', ''].join('\r\n'));
    });
  }

  void it('daprd is the pinned version', async () => {
    const version = await runToEnd(await findDaprd(), ['--version'], { cwd: folder });
    assert.equal(version.trim(), pinnedModule('dapr', 'github.com/dapr/dapr').version);
  });

  void it('Redis asks for its password, and keeps what it acknowledged when it is killed', async () => {
    const options = { dir: path.join(folder, 'redis'), password: 'a"b c' };
    const server = await startRedis(options);
    assert.match((await redis(server.port, 'GET a')).join(), /NOAUTH/);
    assert.deepEqual(await redis(server.port, 'AUTH "a\\"b c"', 'SET a 1'), ['+OK', '+OK', '+OK']);
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    const next = await startRedis({ ...options, port: server.port });
    assert.deepEqual(await redis(next.port, 'AUTH "a\\"b c"', 'GET a'), ['+OK', '$1', '1', '+OK']);
    assert.equal(next.url, `redis://:a%22b%20c@127.0.0.1:${next.port}`);
    await next.stop();
  });

  for (const user of [undefined, { name: 'shop', password: 'not-a-secret' }]) {
    void it(`Kafka ${user ? 'asks for a login, ' : ''}makes topics of 5 partitions, and keeps them when it is killed`, async () => {
      const options = { dir: path.join(folder, user ? 'kafka-sasl' : 'kafka'), ...(user && { user }) };
      const server = await startKafka(options);
      await kafkaProbe(server.brokers, user).produce('orders', ['one', 'two']);
      if (user) {
        const wrong = kafkaProbe(server.brokers, { ...user, password: 'wrong' });
        await assert.rejects(wrong.partitions('orders'), /[Aa]uthentication failed/);
        assert.equal(await kafkaProbe(server.brokers, user, 'SCRAM-SHA-512').partitions('orders'), 5);
      }
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
      const next = await startKafka({ ...options, port: server.port });
      const client = kafkaProbe(next.brokers, user);
      assert.equal(await client.partitions('orders'), 5);
      assert.deepEqual((await client.consume('orders', 2)).toSorted(), ['one', 'two']);
      await next.stop();
    });
  }

  void it('Sentry keeps its authority over restarts', async () => {
    const dir = path.join(folder, 'sentry');
    const server = await startSentry({ dir, workloadCertTtl: '1h' });
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    const next = await startSentry({ dir, port: server.port });
    assert.deepEqual(next.sidecarEnvironment, server.sidecarEnvironment);
    assert.match(next.sidecarEnvironment['DAPR_TRUST_ANCHORS'] ?? '', /BEGIN CERTIFICATE/);
    await next.stop();
  });
});
