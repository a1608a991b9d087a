/** The order service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runService } from '@ecommercestack/kit/dapr';
import { buildOrder, readConfig } from './app.ts';

await runService({
  service: 'order',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'order', variant),
  build: (environment, runtime) => buildOrder(readConfig(environment), runtime),
});
