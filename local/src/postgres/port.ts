import { createServer } from 'node:net';
import { createPorts } from '../ports.ts';
import { PostgresError } from './types.ts';

export async function checkPort(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new PostgresError('port-taken', `Port ${port} on 127.0.0.1 is taken by another program.`);
  }
}

const ports = createPorts();

/** A port of 127.0.0.1 that nobody listens on at the moment, and that this process has given to nobody else. */
export function freePort(): Promise<number> {
  return ports.take();
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}
