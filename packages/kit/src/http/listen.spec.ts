import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { eventually } from '../testing.ts';
import { listen } from './listen.ts';

function get(
  url: string,
  agent: Agent,
): Promise<{ readonly body: string; readonly connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('end', () => resolve({ body, connection: res.headers.connection }));
    })
      .on('error', reject)
      .end();
  });
}

describe('listen', () => {
  it('on :: answers at every address of the machine', async () => {
    const server = await listen((_req, res) => res.end('here'), { port: 0, host: '::' });
    try {
      const loopbacks = (networkInterfaces()['lo'] ?? []).map(({ address }) => address);
      const hosts = new Set(['127.0.0.1', ...loopbacks]);
      for (const host of hosts) {
        const url = `http://${isIPv6(host) ? `[${host}]` : host}:${server.port}`;
        assert.equal((await get(url, new Agent())).body, 'here', url);
      }
    } finally {
      await server.close(0);
    }
  });

  it('close lets a running request finish, ends idle connections and refuses new ones', async () => {
    const agent = new Agent({ keepAlive: true });
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const server = await listen(
      (req, res) => {
        running += 1;
        const opened = req.url === '/slow' ? gate.promise : Promise.resolve();
        void opened.then(() => res.end('done'));
      },
      { port: 0, host: '127.0.0.1' },
    );
    assert.equal((await get(server.url, agent)).body, 'done');
    const slow = get(`${server.url}/slow`, agent);
    await eventually(() => assert.equal(running, 2));
    const closing = server.close();
    await eventually(() => assert.rejects(get(server.url, new Agent())));
    gate.resolve();
    assert.equal((await slow).body, 'done');
    await closing;
    agent.destroy();
  });

  it('cuts off what does not finish in time', async () => {
    const arrived = Promise.withResolvers<void>();
    const server = await listen(() => arrived.resolve(), { port: 0, host: '127.0.0.1' });
    const cut = assert.rejects(get(server.url, new Agent()));
    await arrived.promise;
    await server.close(20);
    await cut;
  });

  it('gives the rest of a request that is answered already some time, and then cuts it off', async () => {
    const server = await listen((_req, res) => res.writeHead(401).end(), {
      port: 0,
      host: '127.0.0.1',
      requestTimeoutMs: 0,
      restTimeoutMs: 2_000,
    });
    const upload = (body: string) => {
      const socket = connect(server.port, '127.0.0.1');
      let answers = '';
      socket.on('data', (chunk: Buffer) => (answers += chunk.toString())).on('error', () => {});
      socket.write(`POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 6\r\n\r\n${body}`);
      const answered = (times: number) =>
        eventually(() => assert.equal(answers.split('HTTP/1.1 401').length - 1, times));
      return { socket, answered };
    };
    const slow = upload('a');
    const whole = upload('a');
    await Promise.all([slow.answered(1), whole.answered(1)]);
    whole.socket.write('bcdef');
    await once(slow.socket, 'close', { signal: AbortSignal.timeout(20_000) });
    whole.socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
    await whole.answered(2);
    whole.socket.destroy();
    await server.close();
  });

  it('closing twice is one close', async () => {
    const server = await listen((_req, res) => res.end(), { port: 0, host: '127.0.0.1' });
    await Promise.all([server.close(), server.close()]);
  });

  it('a port that is taken is an error', async () => {
    const server = await listen((_req, res) => res.end(), { port: 0, host: '127.0.0.1' });
    await assert.rejects(
      listen(() => {}, { port: server.port, host: '127.0.0.1' }),
      { code: 'EADDRINUSE' },
    );
    await server.close();
  });
});
