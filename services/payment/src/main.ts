/** The payment service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runService } from '@ecommercestack/kit/dapr';
import { buildPayment, readConfig } from './app.ts';

await runService({
  service: 'payment',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'payment', variant),
  build: (environment, runtime) => buildPayment(readConfig(environment), runtime),
});
