/** The operator as a process. */
import {
  createAdminHandler,
  createLogger,
  createMetrics,
  listen,
  registerProcessMetrics,
  runProcess,
  type RunningServer,
} from '@ecommercestack/kit';
import { readConfig } from './config.ts';
import { connect, type Connection } from './kube/connection.ts';
import { runOperator, type Operator } from './run.ts';

const config = readConfig(process.env);
const logger = createLogger({
  service: 'operator',
  level: config.LOG_LEVEL,
  pretty: config.LOG_FORMAT === 'pretty',
});
const metrics = createMetrics({ service: 'operator' });
registerProcessMetrics(metrics.registry);
const draining = new AbortController();
let connection: Connection | undefined;
let operator: Operator | undefined;
let admin: RunningServer | undefined;

await runProcess({
  logger,
  start: async () => {
    connection = connect();
    operator = runOperator(config, { connection, logger, metrics });
    const handler = createAdminHandler({
      registry: metrics.registry,
      readiness: () => operator?.readiness ?? [],
      draining: draining.signal,
    });
    admin = await listen(handler, { host: config.ADMIN_HOST, port: config.ADMIN_PORT });
    logger.info({ url: admin.url }, 'listening');
  },
  stop: async () => {
    draining.abort();
    await operator?.stop();
    await connection?.close();
    await admin?.close(100);
  },
});
