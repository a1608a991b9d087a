/** What every process beside a sidecar reads from its environment, whatever its service. */
import { z } from 'zod';
import { durationMs, portNumber, secret, wholeNumber } from '../config.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be a name of small letters, digits, dots and dashes');

export const runtimeConfig = z.object({
  /** Where the sidecar reaches this process; a gateway: where customers do. */
  PORT: portNumber.prefault('3000'),
  HOST: z.string().min(1).prefault('127.0.0.1'),
  ADMIN_PORT: portNumber.prefault('9090'),
  /** Health and metrics are asked for from outside the pod; calls and messages come from the sidecar inside it. */
  ADMIN_HOST: z.string().min(1).prefault('127.0.0.1'),
  SETTINGS_FILE: z.string().min(1),
  /** Of the sidecars; on a laptop there is one. */
  NAMESPACE: name.prefault('default'),
  VARIANT: z.enum(['stable', 'canary']).prefault('stable'),
  /** Whether a canary handles messages beside its stable version, too. */
  CONSUMERS: z.enum(['Excluded', 'Shared']).prefault('Excluded'),
  DAPR_HTTP_PORT: portNumber.prefault('3500'),
  /** What the sidecar asks of us, and what we ask of it. */
  DAPR_API_TOKEN: secret.optional(),
  APP_API_TOKEN: secret.optional(),
  PUBSUB_NAME: name.prefault('pubsub'),
  /** Of the topics; 1 where the broker has none. */
  PUBSUB_PARTITIONS: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('5'),
  /** A secret store of the sidecar: the keys of the secret named like the app-id overlay the environment. */
  SECRET_STORE: name.optional(),
  /** How long the sidecar may take to come up. */
  SIDECAR_TIMEOUT: durationMs.prefault('60s'),
  /** How long calls are still taken after the process has said that it is leaving. */
  DRAIN_DELAY: durationMs.prefault('0s'),
  /** Deliveries of one message until it is set aside. */
  MESSAGE_ATTEMPTS: wholeNumber.pipe(z.int().min(1).max(100)).prefault('6'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
});
export type RuntimeConfig = z.output<typeof runtimeConfig>;

/** The longest that a message waits between two attempts: it holds up what came with it. Milliseconds. */
export const MESSAGE_RETRY = { baseMs: 50, maxMs: 1_000 } as const;

/** Records of the outbox in one publish call, where neither the environment nor the secret says otherwise. */
export const RELAY_BATCH = '100';
