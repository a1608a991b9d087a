/** What each command of `npm run deadletters` does. Returns what to print and whether it worked. */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DeadLetter,
  DeadLetterAction,
  DeadLetterGroup,
  DeadLetterReplay,
  DeadLetterSummary,
} from '@ecommercestack/contracts';
import { readJson, type Api } from './api.ts';
import { addressOf, numberOf, settingsOf, type Args, type CommandName, type Options } from './args.ts';
import { missing, showActions, showGroups, showLetter, showLetters, showReplay } from './show.ts';

export interface Result {
  /** As the API answered. */
  readonly value: unknown;
  /** For people. */
  readonly text: string;
  /** Absent: it worked. */
  readonly failed?: true;
}

type Command = (api: Api, args: Args, tell: (line: string) => void) => Promise<Result>;

const PAGE = 100;

const commands: Readonly<Record<CommandName, Command>> = {
  async list(api, { options }) {
    const { items, unavailable } = await all<DeadLetterSummary>(
      api,
      'dead-letters',
      filterOf(options),
      options,
    );
    return { value: items, text: [showLetters(items), ...missing(unavailable)].join('\n') };
  },
  async groups(api, { options }) {
    const path = `dead-letters/groups?${new URLSearchParams(filterOf(options)).toString()}`;
    const { items, unavailable } = await api.get<Page<DeadLetterGroup>>(path);
    return { value: items, text: [showGroups(items), ...missing(unavailable)].join('\n\n') };
  },
  async show(api, { target }) {
    return shown(await api.get<DeadLetter>(letterPath(target)));
  },
  async edit(api, { target, options }) {
    const path = letterPath(target);
    const { set, with: file } = options;
    if ((file === undefined) === (set.length === 0))
      throw new TypeError('Give the new data with --set name=JSON, or whole with --with FILE.');
    const before = await api.get<DeadLetter>(path);
    const old = before.message['data'];
    const data =
      file === undefined
        ? { ...(typeof old === 'object' ? old : {}), ...settingsOf(set) }
        : await readJson(file);
    const headers = { 'if-match': `"${before.version}"` };
    return shown(await api.send<DeadLetter>('PATCH', path, { body: { data }, headers }));
  },
  async replay(api, args, tell) {
    if (args.options.all) return replayAll(api, args, tell);
    const path = `${letterPath(args.target)}/replay`;
    const { outcome, reason, letter } = await api.send<Replayed>('POST', path);
    const value = { outcome, ...(reason !== undefined && { reason }), letter };
    if (outcome !== 'failed') return { value, text: `${outcome}: the letter is ${letter.status}.` };
    return { value, text: `It failed again: ${reason ?? letter.reason}`, failed: true };
  },
  async discard(api, { target, options: { why } }) {
    if (why === undefined) throw new TypeError('Say why, for those who will ask: --why TEXT.');
    return shown(
      await api.send<DeadLetter>('POST', `${letterPath(target)}/discard`, { body: { reason: why } }),
    );
  },
  async progress(api, { target }) {
    const value = await api.get<DeadLetterReplay>(replayPath(target));
    return { value, text: showReplay(value) };
  },
  async stop(api, { target }) {
    const value = await api.send<DeadLetterReplay>('POST', `${replayPath(target)}/stop`);
    return { value, text: showReplay(value) };
  },
  async audit(api, { options }) {
    const { service } = options;
    const filter = { ...(service !== undefined && { service }) };
    const { items, unavailable } = await all<DeadLetterAction>(api, 'audit', filter, options);
    return { value: items, text: [showActions(items), ...missing(unavailable)].join('\n') };
  },
};

/** `tell` takes what is said while it goes on. Throws `TypeError` for a bad command line, `CommandError` for a refusal. */
export function runCommand(api: Api, args: Args, tell: (line: string) => void): Promise<Result> {
  return commands[args.command](api, args, tell);
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
  readonly unavailable: readonly string[];
}

interface Replayed {
  readonly outcome: string;
  readonly reason?: string;
  readonly letter: DeadLetter;
}

/** Page after page, up to `--limit`. */
async function all<T>(
  api: Api,
  path: string,
  filter: Readonly<Record<string, string>>,
  { limit: text }: Options,
): Promise<Page<T>> {
  const limit = numberOf('--limit', text);
  const items: T[] = [];
  const unavailable = new Set<string>();
  let cursor: string | undefined;
  do {
    const query = {
      ...filter,
      limit: String(Math.min(PAGE, limit - items.length)),
      ...(cursor && { cursor }),
    };
    const page = await api.get<Page<T>>(`${path}?${new URLSearchParams(query).toString()}`);
    items.push(...page.items);
    for (const service of page.unavailable) unavailable.add(service);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < limit);
  return { items, unavailable: [...unavailable] };
}

async function replayAll(api: Api, { options }: Args, tell: (line: string) => void): Promise<Result> {
  if (options.status !== 'open') throw new TypeError('Only open letters are replayed in numbers.');
  const { service, status: _status, ...filter } = filterOf(options);
  const limits = {
    ...limitOf('maxBatch', '--max-batch', options['max-batch']),
    ...limitOf('perSecond', '--per-second', options['per-second']),
    ...limitOf('maxFailureShare', '--max-failures', options['max-failures']),
  };
  const { key } = options;
  let replay = await api.send<DeadLetterReplay>('POST', 'dead-letters/replays', {
    body: { ...(service !== undefined && { service }), filter, limits },
    headers: { ...(key !== undefined && { 'idempotency-key': key }) },
  });
  tell(`Replay ${replay.replayId} goes on by itself; Ctrl-C ends the waiting only.`);
  while (replay.status === 'running') {
    await sleep(500);
    replay = await api.get<DeadLetterReplay>(replayPath(replay.replayId));
  }
  const failed = replay.status === 'stopped' || replay.parts.some((part) => part.failed > 0);
  return { value: replay, text: showReplay(replay), ...(failed && { failed }) };
}

function limitOf(name: string, option: string, text: string | undefined) {
  return text === undefined ? {} : { [name]: numberOf(option, text) };
}

function filterOf(options: Options): Record<string, string> {
  const { service, consumer, status, type, reason, pattern } = options;
  const given = { service, consumer, status: status === 'any' ? undefined : status, type, reason, pattern };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function letterPath(target: string | undefined): string {
  const { service, id } = addressOf(target);
  return `dead-letters/${service}/${id}`;
}

function replayPath(target: string | undefined): string {
  if (target === undefined || !/^[\w-]{1,64}$/.test(target))
    throw new TypeError('Name the replay, as `replay --all` printed it.');
  return `dead-letters/replays/${target}`;
}

function shown(letter: DeadLetter): Result {
  return { value: letter, text: showLetter(letter) };
}
