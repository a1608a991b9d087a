/** The order service as a process of its own, beside a Dapr sidecar. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { createDaprState, runService } from '@ecommercestack/kit/dapr';
import { buildOrder, parseCart, readConfig } from './app.ts';

await runService({
  service: 'order',
  environment: process.env,
  settings,
  versionOf: (inForce, variant) => runningVersion(inForce, 'order', variant),
  build: (environment, runtime) => {
    const config = readConfig(environment);
    const { STATE_STORE: store } = config;
    if (store === undefined) return buildOrder(config, runtime);
    const carts = createDaprState({ client: runtime.sidecar, store, parse: parseCart });
    return buildOrder(config, { ...runtime, carts });
  },
});
