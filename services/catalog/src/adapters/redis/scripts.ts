/** What Redis does in one step. Times are those of Redis: the clocks of the replicas do not matter. */
import { defineScript } from '@redis/client';
import type { SharedValue, Taken } from '../cache/shared-cache.ts';

/** The keys of one entry: they share a hash tag, so that a cluster keeps them together. */
export interface EntryKeys {
  readonly entry: string;
  readonly claim: string;
}

/** Text, version, and milliseconds: fresh for, usable for, load. */
type Fields = readonly [text: string, version: number, freshMs: number, usableMs: number, loadMs: number];

const LIBRARY = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function fields(key)
  local e = redis.call('HMGET', key, 'text', 'version', 'freshUntil', 'loadMs')
  if not e[1] then return nil end
  return { e[1], tonumber(e[2]), tonumber(e[3]) - now(), redis.call('PTTL', key), tonumber(e[4]) }
end
`;

const take = defineScript({
  SCRIPT: `${LIBRARY}
local held = fields(KEYS[1])
local claimed = 0
if not (held and held[3] > 0) and redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  claimed = 1
end
return { claimed, held or false }`,
  NUMBER_OF_KEYS: 2,
  parseCommand(parser, keys: EntryKeys, holder: string, claimMs: number) {
    parser.pushKeys([keys.entry, keys.claim]);
    parser.push(holder, String(claimMs));
  },
  transformReply: (reply: readonly [number, Fields | null]): Taken => {
    const [claimed, held] = reply;
    return { claimed: claimed === 1, ...(held !== null && { held: valueOf(held) }) };
  },
});

const write = defineScript({
  SCRIPT: `${LIBRARY}
if redis.call('GET', KEYS[2]) == ARGV[6] then redis.call('DEL', KEYS[2]) end
local held = fields(KEYS[1])
local version, freshMs, usableMs = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if held and held[2] > version then return held end
if held and held[2] == version and held[3] >= freshMs then return false end
redis.call('HSET', KEYS[1], 'text', ARGV[1], 'version', ARGV[2], 'freshUntil', now() + freshMs, 'loadMs', ARGV[5])
redis.call('PEXPIRE', KEYS[1], usableMs)
return false`,
  NUMBER_OF_KEYS: 2,
  parseCommand(parser, keys: EntryKeys, value: SharedValue, holder: string) {
    const { text, version, freshMs, usableMs, loadMs } = value;
    parser.pushKeys([keys.entry, keys.claim]);
    parser.push(text, String(version));
    parser.push(...[freshMs, Math.max(1, usableMs), loadMs].map((ms) => String(Math.round(ms))), holder);
  },
  /** What stands, where it is newer. */
  transformReply: (newer: Fields | null): SharedValue | undefined =>
    newer === null ? undefined : valueOf(newer),
});

const release = defineScript({
  SCRIPT: `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return false`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser, { claim }: EntryKeys, holder: string) {
    parser.pushKey(claim);
    parser.push(holder);
  },
  transformReply: (): void => undefined,
});

export const scripts = { take, writeNewer: write, release };

function valueOf([text, version, freshMs, usableMs, loadMs]: Fields): SharedValue {
  return { text, version, freshMs, usableMs, loadMs };
}
