/** The command lines of `npm start` and `npm run start:dapr`. */
import { parseArgs } from 'node:util';

export interface Args {
  readonly data: string;
  readonly stack: string;
  readonly port: number;
  readonly adminPort: number;
  readonly demo: boolean;
  readonly verbose: boolean;
}

/** What carries the messages between sidecars. */
export const brokers = ['redis', 'kafka'] as const;
export type Broker = (typeof brokers)[number];

export interface DaprArgs extends Args {
  readonly broker: Broker;
}

const options = {
  data: { type: 'string', default: '.data' },
  stack: { type: 'string', default: 'stack.yaml' },
  port: { type: 'string', default: '8080' },
  'admin-port': { type: 'string', default: '9090' },
  demo: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const optionLines = `
  --data DIR         where everything is kept (default .data)
  --stack FILE       the EcommerceStack resource to run (default stack.yaml)
  --port N           port of the shop (default 8080; 0 takes a free one)
  --admin-port N     port of health and metrics (default 9090; 0 takes a free one)
  --demo             keep placing orders, with a live summary`;

const commonLines = `
  --help

  LOG_LEVEL=debug    logs every request, too`;

export const usage = `Usage: npm start -- [options]
${optionLines}
  --verbose          print every log line here, not only to DIR/platform.log${commonLines}`;

export const daprUsage = `Usage: npm run start:dapr -- [options]
${optionLines}
  --broker NAME      what carries the messages: ${brokers.join(' or ')} (default redis)
  --verbose          print what the supervisor logs here, too; each process has its own file in DIR/logs${commonLines}`;

/** Undefined: help was asked for. Throws a `TypeError` with a readable message on a bad option. */
export function readArgs(argv: readonly string[]): Args | undefined {
  const { values } = parseArgs({ args: [...argv], options });
  return values.help ? undefined : argsOf(values);
}

/** As `readArgs`, for the runtime with sidecars. */
export function readDaprArgs(argv: readonly string[]): DaprArgs | undefined {
  const withBroker = { ...options, broker: { type: 'string', default: 'redis' } } as const;
  const { values } = parseArgs({ args: [...argv], options: withBroker });
  if (values.help) return undefined;
  const broker = brokers.find((each) => each === values.broker);
  if (broker === undefined)
    throw new TypeError(`--broker must be ${brokers.join(' or ')}, not ${values.broker}`);
  return { ...argsOf(values), broker };
}

interface Values {
  readonly data: string;
  readonly stack: string;
  readonly port: string;
  readonly 'admin-port': string;
  readonly demo: boolean;
  readonly verbose: boolean;
}

function argsOf(values: Values): Args {
  return {
    data: values.data,
    stack: values.stack,
    port: portOf('--port', values.port),
    adminPort: portOf('--admin-port', values['admin-port']),
    demo: values.demo,
    verbose: values.verbose,
  };
}

function portOf(option: string, text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535)
    throw new TypeError(`${option} must be a port number, not ${text}`);
  return port;
}
