/** The configuration of the operator; nothing else in it reads the environment. */
import { durationMs, parseConfig, portNumber, wholeNumber, type Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label = z.string().max(63).regex(LABEL, 'must be a name such as shop-1');

const names = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  .pipe(z.array(label));

const schema = z
  .object({
    /** The pod, which the holder of the lease is named after. */
    POD_NAME: z.string().prefault('operator'),
    /** Where the lease lies. */
    POD_NAMESPACE: label.prefault('default'),
    /** Namespaces of stacks, with commas between; all when empty, which takes a ClusterRole. */
    WATCH_NAMESPACES: names.prefault(''),
    /** Where Dapr's operator is looked for, to know the version of the sidecars. */
    DAPR_NAMESPACE: label.prefault('dapr-system'),
    /** Their version, where the operator may not look. */
    DAPR_VERSION: z
      .string()
      .regex(/^v?\d+\.\d+\.\d+/, 'must be a version such as 1.18.2')
      .optional(),
    LEASE_NAME: z.string().max(253).prefault('ecommercestack-operator'),
    /** How long a holder that is gone keeps others waiting. */
    LEASE_DURATION: durationMs.prefault('12s'),
    /** How long a holder that cannot renew the lease goes on. */
    RENEW_DEADLINE: durationMs.prefault('8s'),
    RETRY_PERIOD: durationMs.prefault('2s'),
    /** Stacks that are looked at side by side. */
    WORKERS: wholeNumber.prefault('8').refine((count) => count > 0, 'must be at least 1'),
    /** How often everything is listed again, whatever the watches told. */
    RESYNC: durationMs.prefault('10m'),
    /** How often it is looked for extensions that were installed or removed. */
    DISCOVERY_INTERVAL: durationMs.prefault('10s'),
    /** How long a write that is on its way may take when the process is asked to stop. */
    SHUTDOWN_GRACE: durationMs.prefault('1500ms'),
    ADMIN_HOST: z.string().prefault('127.0.0.1'),
    ADMIN_PORT: portNumber.prefault('9090'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).prefault('info'),
    LOG_FORMAT: z.enum(['json', 'pretty']).prefault('json'),
  })
  .refine(({ RENEW_DEADLINE, LEASE_DURATION }) => RENEW_DEADLINE < LEASE_DURATION, {
    path: ['RENEW_DEADLINE'],
    message: 'must be shorter than LEASE_DURATION: its holder has to stop before another one begins',
  })
  .refine(({ RETRY_PERIOD, RENEW_DEADLINE }) => RETRY_PERIOD * 2 <= RENEW_DEADLINE, {
    path: ['RETRY_PERIOD'],
    message: 'must be at most half of RENEW_DEADLINE: one answer that is late must not cost the lease',
  });

export type OperatorConfig = z.output<typeof schema>;

export function readConfig(environment: Environment): OperatorConfig {
  return parseConfig(schema, environment);
}
