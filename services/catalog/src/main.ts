/** The catalog service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runService } from '@ecommercestack/kit/dapr';
import { buildCatalog, readConfig } from './app.ts';

await runService({
  service: 'catalog',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'catalog', variant),
  build: (environment, runtime) => buildCatalog(readConfig(environment), runtime),
});
