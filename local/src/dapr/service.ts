/** The command line and the environment of one service process. */
import { fileURLToPath } from 'node:url';
import { configurationOf, inheritedBy, type Surroundings, type Values } from '../environment.ts';
import type { Instance } from './instances.ts';

export interface ServiceSurroundings extends Surroundings {
  readonly settingsPath: string;
  /** What the gateway knows of the issuer of tokens. */
  readonly tokens: Values;
  /** Between an app and its sidecar. */
  readonly sidecarTokens: Values;
  readonly pubsub: Values;
  /** Taken over from the environment of this command: tracing, the log level, Node's own. */
  readonly inherited: Values;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface ServicePorts {
  readonly app: number;
  readonly admin: number;
  readonly http: number;
}

export function serviceCommand(instance: Instance, ports: ServicePorts, surroundings: ServiceSurroundings) {
  const { name, service, variant } = instance;
  const own = service === 'gateway' ? surroundings.tokens : configurationOf(service, surroundings);
  return {
    program: process.execPath,
    args: ['--import', `${root}packages/kit/src/otel.ts`, `${root}services/${service}/src/main.ts`],
    env: {
      ...surroundings.pubsub,
      ...inheritedBy(service, surroundings.inherited),
      OTEL_SERVICE_NAME: service,
      HOST: '127.0.0.1',
      PORT: String(ports.app),
      ADMIN_PORT: String(ports.admin),
      DAPR_HTTP_PORT: String(ports.http),
      SETTINGS_FILE: surroundings.settingsPath,
      VARIANT: variant,
      INSTANCE_ID: name,
      SECRET_STORE: 'secrets',
      ...(service === 'order' && { STATE_STORE: 'carts' }),
      ...surroundings.sidecarTokens,
      ...own,
    },
  };
}
