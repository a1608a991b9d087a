/** The command line of `npm start`. */
import { parseArgs } from 'node:util';

export interface Args {
  readonly data: string;
  readonly stack: string;
  readonly port: number;
  readonly adminPort: number;
  readonly demo: boolean;
  readonly verbose: boolean;
}

export const usage = `Usage: npm start -- [options]

  --data DIR         where everything is kept (default .data)
  --stack FILE       the EcommerceStack resource to run (default stack.yaml)
  --port N           port of the shop (default 8080; 0 takes a free one)
  --admin-port N     port of health and metrics (default 9090; 0 takes a free one)
  --demo             keep placing orders, with a live summary
  --verbose          print every log line here, not only to DIR/platform.log
  --help

  LOG_LEVEL=debug    logs every request, too`;

/** Undefined: help was asked for. Throws a `TypeError` with a readable message on a bad option. */
export function readArgs(argv: readonly string[]): Args | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      data: { type: 'string', default: '.data' },
      stack: { type: 'string', default: 'stack.yaml' },
      port: { type: 'string', default: '8080' },
      'admin-port': { type: 'string', default: '9090' },
      demo: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
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
