/** The notification service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runService } from '@ecommercestack/kit/dapr';
import { buildNotification, readConfig } from './app.ts';

await runService({
  service: 'notification',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'notification', variant),
  build: (environment, runtime) => buildNotification(readConfig(environment), runtime),
});
