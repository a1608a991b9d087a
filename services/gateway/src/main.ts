/** The gateway as a process of its own, beside a Dapr sidecar that it only calls through. */
import { runningVersion, settings } from '@ecommercestack/contracts';
import { runWithSidecar } from '@ecommercestack/kit/dapr';
import { buildGateway, readConfig } from './app.ts';

await runWithSidecar(
  {
    service: 'gateway',
    environment: process.env,
    settings,
    versionOf: (inForce, variant) => runningVersion(inForce, 'gateway', variant),
  },
  async ({ environment, runtime }) => {
    const gateway = await buildGateway(readConfig(environment), runtime);
    await gateway.listen();
    return gateway;
  },
);
