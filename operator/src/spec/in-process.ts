/** The operator in this process, for specs. */
import { createLogger, createMetrics } from '@ecommercestack/kit';
import { readConfig } from '../config.ts';
import { connect, type Connection } from '../kube/connection.ts';
import { runOperator } from '../run.ts';

export interface InProcess {
  readonly isLeading: () => boolean;
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

export interface InProcessOptions {
  readonly kubeconfig: string;
  /** The first one holds the lease. */
  readonly namespaces: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What stands between it and the cluster. */
  readonly around?: (connection: Connection) => Connection;
}

export function startInProcess({ kubeconfig, namespaces, env = {}, around }: InProcessOptions): InProcess {
  const connection = connect(kubeconfig);
  const lines: string[] = [];
  const operator = runOperator(
    readConfig({
      WATCH_NAMESPACES: namespaces.join(','),
      POD_NAMESPACE: namespaces[0],
      DAPR_VERSION: '1.18.2',
      ...env,
    }),
    {
      connection: around?.(connection) ?? connection,
      logger: createLogger({ service: 'operator', sink: { write: (line) => lines.push(line) } }),
      metrics: createMetrics({ service: 'operator' }),
    },
  );
  return {
    isLeading: operator.isLeading,
    lines,
    stop: async () => {
      await operator.stop();
      await connection.close();
    },
  };
}
