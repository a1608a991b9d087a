/** The command line of `kubectl estack`. */
import { parseArgs } from 'node:util';

export const usage = `Usage: kubectl estack COMMAND [options]

  status             the shop: what runs, who gets which version, what is wrong
  promote SERVICE    make its second version the stable one
  abort SERVICE      send nobody to its second version any more; --remove takes it away
  pause, resume      stop the operator from writing, and let it go on
  diff               what mode Observe would change; -f FILE: what applying the file would change in the resource

  --stack NAME       where a namespace has several
  --force            promote although no pod of the second version is ready
  -n, --namespace, --context, --kubeconfig, --as    as kubectl takes them
  -o, --output json  for programs

Exit codes: 0 done; 1 diff found something; 2 this command line was wrong; 3 refused, or the cluster was not reached.`;

const COMMANDS = ['status', 'promote', 'abort', 'pause', 'resume', 'diff'] as const;
const OF_A_SERVICE: readonly Command[] = ['promote', 'abort'];
type Command = (typeof COMMANDS)[number];

/** Handed on to kubectl as they are. */
const CONNECTION = ['namespace', 'context', 'kubeconfig', 'as'] as const;

export interface Args {
  readonly command: Command;
  /** Of promote and abort; empty for the others. */
  readonly service: string;
  readonly stack: string | undefined;
  readonly file: string | undefined;
  readonly remove: boolean;
  readonly force: boolean;
  readonly json: boolean;
  /** For kubectl: which cluster, which namespace, as whom. */
  readonly connection: readonly string[];
}

/** Undefined: help was asked for. Throws a `TypeError` with a readable message on a bad command line. */
export function readArgs(argv: readonly string[]): Args | undefined {
  const { values, positionals } = parse(argv);
  const [name, ...rest] = positionals;
  if (values.help || name === 'help') return undefined;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined)
    throw new TypeError(name === undefined ? 'Which command?' : `There is no command ${name}.`);
  const wanted = OF_A_SERVICE.includes(command) ? 1 : 0;
  if (rest.length < wanted) throw new TypeError(`${command} which service?`);
  if (rest.length > wanted) throw new TypeError(`What is ${rest.slice(wanted).join(' ')}?`);
  if (values.output !== undefined && values.output !== 'json')
    throw new TypeError('--output knows json only.');
  const { stack, file, remove, force } = values;
  return {
    command,
    service: rest[0] ?? '',
    stack,
    file,
    remove,
    force,
    json: values.output === 'json',
    connection: CONNECTION.flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}=${value}`];
    }),
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      stack: { type: 'string' },
      file: { type: 'string', short: 'f' },
      remove: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      namespace: { type: 'string', short: 'n' },
      context: { type: 'string' },
      kubeconfig: { type: 'string' },
      as: { type: 'string' },
      output: { type: 'string', short: 'o' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
