/** Puts every message of a Redis broker into its stream twice more. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Platform } from '../platform.ts';

export interface Repeater {
  /** Ends when every message is there three times; how many then are in each stream. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** Copies carry a field of their own, which the sidecars do not read. Answers the copied ones and the lengths. */
const REPEAT = `
local answer = {0}
for _, topic in ipairs(KEYS) do
  local mark = 'repeated-until:' .. topic
  local last = redis.call('GET', mark) or '0'
  for _, entry in ipairs(redis.call('XRANGE', topic, '(' .. last, '+')) do
    last = entry[1]
    local fields = entry[2]
    if fields[#fields - 1] ~= 'copy' then
      for copy = 1, 2 do
        local again = {unpack(fields)}
        again[#again + 1] = 'copy'
        again[#again + 1] = copy
        redis.call('XADD', topic, '*', unpack(again))
      end
      answer[1] = answer[1] + 1
    end
  end
  redis.call('SET', mark, last)
  answer[#answer + 1] = redis.call('XLEN', topic)
end
return answer`;

const PAUSE_MS = 50;
const run = promisify(execFile);

/** From the first message on, and then as they come. */
export async function startRepeater(platform: Platform, topics: readonly string[]): Promise<Repeater> {
  const broker = (await platform.processes()).find(({ name }) => name === 'redis');
  const password = await readFile(join(platform.data, 'redis-password'), 'utf8');
  const stopping = new AbortController();
  const args = ['-p', String(broker?.ports['port']), 'EVAL', REPEAT, String(topics.length), ...topics];

  async function repeat(): Promise<readonly number[]> {
    const { stdout } = await run('redis-cli', args, { env: { ...process.env, REDISCLI_AUTH: password } });
    const answer = stdout.trim().split('\n').map(Number);
    if (answer.length !== topics.length + 1 || answer.some(Number.isNaN)) throw new Error(stdout);
    return answer;
  }

  async function keepRepeating(): Promise<readonly number[]> {
    for (;;) {
      const [copied = 0, ...lengths] = await repeat();
      if (copied === 0 && stopping.signal.aborted) return lengths;
      await sleep(PAUSE_MS);
    }
  }

  const repeating = keepRepeating();
  // Whoever stops it hears of a failure; until then it is not unhandled.
  repeating.catch(() => stopping.abort());
  return {
    stop: async () => {
      stopping.abort();
      const lengths = await repeating;
      return new Map(topics.map((topic, index) => [topic, lengths[index] ?? 0]));
    },
  };
}
