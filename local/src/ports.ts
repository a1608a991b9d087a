/** Ports of 127.0.0.1 for processes that are started again on the same ones after a crash. */
import { createServer } from 'node:net';

/** Below the range that systems take from for outgoing connections: those would steal the port of a dead process. */
const FIRST = 20_000;
const LAST = 31_999;

export interface Ports {
  /** Free at the moment, and never given out twice until it is given back. */
  take(): Promise<number>;
  giveBack(port: number): void;
}

/** The start differs from run to run, so that two platforms on one machine seldom meet. */
export function createPorts(first = FIRST + Math.floor(Math.random() * (LAST - FIRST))): Ports {
  const taken = new Set<number>();
  let next = first;
  return {
    take: async () => {
      for (let tries = FIRST; tries <= LAST; tries += 1) {
        const port = next;
        next = port === LAST ? FIRST : port + 1;
        if (taken.has(port)) continue;
        taken.add(port);
        if (await isFree(port)) return port;
        taken.delete(port);
      }
      throw new Error(`no port between ${FIRST} and ${LAST} is free`);
    },
    giveBack: (port) => void taken.delete(port),
  };
}

const ports = createPorts();

/** A port that nobody listens on at the moment, and that this process has given to nobody else. */
export function freePort(): Promise<number> {
  return ports.take();
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
