/** The command line of `npm run deadletters`. */
import { parseArgs } from 'node:util';
import { deadLetterId, deadLetterStatus, messageReader, type MessageReader } from '@ecommercestack/contracts';

export const usage = `Usage: npm run deadletters -- COMMAND [options]

  list                      messages that a service could not handle, newest first
  groups                    the same by kind, with an explanation and what to do
  show SERVICE/ID           one of them: the message, why it failed, what was done
  edit SERVICE/ID           change its data: --set name=JSON (again and again), or --with FILE (- is standard input)
  replay SERVICE/ID         hand it to its consumer once more
  replay --all              hand on all open ones that fit the filter, in growing batches
  discard SERVICE/ID        close it without handling it: --why TEXT
  progress REPLAY           how far a replay is
  stop REPLAY               stop a replay
  audit                     what operators did

  filter       --service S  --consumer C  --status open|replayed|discarded|any (open)  --type T
               --reason TEXT (part of it)  --pattern P (of a group, whole)  --limit N (50)
  replay --all --max-batch N (64)  --per-second N (20)  --max-failures SHARE (0.5)  --key KEY (to repeat it safely)
  --as NAME    who does it, for the audit (default: the user of this computer)
  --data DIR   the data folder of the running shop (default .data)
  --json       print the answer as it came

Exit codes: 0 done; 1 refused, failed again, or not reached; 2 this command line was wrong.`;

const commands = [
  'list',
  'groups',
  'show',
  'edit',
  'replay',
  'discard',
  'progress',
  'stop',
  'audit',
] as const;
export type CommandName = (typeof commands)[number];

/** One dead letter: `order/17`. */
export interface Address {
  readonly service: MessageReader;
  readonly id: string;
}

type Parsed = ReturnType<typeof parse>['values'];
export type Options = Omit<Parsed, 'help'>;

export interface Args {
  readonly command: CommandName;
  readonly target: string | undefined;
  readonly options: Options;
}

/** Undefined: help was asked for. Throws a `TypeError` with a readable message on a bad option. */
export function readArgs(argv: readonly string[]): Args | undefined {
  const { values, positionals } = parse(argv);
  const { help, ...options } = values;
  if (help) return undefined;
  const [name, target, ...rest] = positionals;
  const command = commands.find((known) => known === name);
  if (command === undefined)
    throw new TypeError(name === undefined ? 'Which command?' : `There is no command ${name}.`);
  if (rest.length > 0) throw new TypeError(`What is ${rest.join(' ')}?`);
  if (!['any', ...deadLetterStatus.options].includes(options.status))
    throw new TypeError(`--status must be one of ${[...deadLetterStatus.options, 'any'].join(', ')}.`);
  return { command, target, options };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      service: { type: 'string' },
      consumer: { type: 'string' },
      status: { type: 'string', default: 'open' },
      type: { type: 'string' },
      reason: { type: 'string' },
      pattern: { type: 'string' },
      limit: { type: 'string', default: '50' },
      set: { type: 'string', multiple: true, default: [] },
      with: { type: 'string' },
      why: { type: 'string' },
      all: { type: 'boolean', default: false },
      'max-batch': { type: 'string' },
      'per-second': { type: 'string' },
      'max-failures': { type: 'string' },
      key: { type: 'string' },
      as: { type: 'string' },
      data: { type: 'string', default: '.data' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}

export function addressOf(target: string | undefined): Address {
  const [service, id, ...rest] = (target ?? '').split('/');
  const owner = messageReader.safeParse(service);
  const number = deadLetterId.safeParse(id);
  if (!owner.success || !number.success || rest.length > 0)
    throw new TypeError(`Name the letter as SERVICE/ID, such as order/17, not ${target ?? 'nothing'}.`);
  return { service: owner.data, id: number.data };
}

export function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new TypeError(`${option} must be a number, not ${text}.`);
  return number;
}

/** `--set name=JSON`: what is no JSON is text. */
export function settingsOf(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new TypeError(`--set takes name=value, not ${pair}.`);
      return [pair.slice(0, at), jsonOrText(pair.slice(at + 1))];
    }),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
