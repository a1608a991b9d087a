/** The inventory service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runService } from '@ecommercestack/kit/dapr';
import { buildInventory, readConfig } from './app.ts';

await runService({
  service: 'inventory',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'inventory', variant),
  build: (environment, runtime) => buildInventory(readConfig(environment), runtime),
});
