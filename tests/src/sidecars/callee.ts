/** An app that others call, beside a sidecar of its own. */
import path from 'node:path';
import { createLogger, createMetrics, listen } from '@ecommercestack/kit';
import type { MethodTable } from '@ecommercestack/kit';
import { createAppHandler, createMethods } from '@ecommercestack/kit/dapr';
import { startSidecar } from '../sidecar.ts';
import type { Sidecar } from '../sidecar.ts';

export interface Callee {
  readonly sidecar: Sidecar;
  readonly port: number;
  /** As when the process begins to end. */
  stopping(): void;
  /** The app alone, as when it dies. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = 'the token of the app';

export async function startCallee(options: {
  readonly appId: string;
  readonly dir: string;
  readonly names: string;
  readonly methods: MethodTable;
}): Promise<Callee> {
  const { appId, methods, names } = options;
  const stopping = new AbortController();
  const logger = createLogger({ service: appId, level: 'silent' });
  const handler = createAppHandler({
    routers: [createMethods({ methods, stopping: stopping.signal, logger })],
    apiToken: TOKEN,
    isReady: async () => true,
    logger,
    metrics: createMetrics({ service: appId }),
  });
  const server = await listen(handler, { port: 0, host: '127.0.0.1' });
  const dir = path.join(options.dir, appId);
  const { port } = server;
  const sidecar = await startSidecar({ dir, appId, appPort: port, appToken: TOKEN, names });
  await sidecar.whole();
  return {
    sidecar,
    port,
    stopping: () => stopping.abort(),
    leave: () => server.close(0),
    close: async () => {
      await sidecar.stop();
      await server.close(0);
    },
  };
}
