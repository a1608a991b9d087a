/** CPU and memory of a process and everything it has started, from /proc. */
import { readdir, readFile } from 'node:fs/promises';

/** What a process is, for the report. */
export type Part = 'node' | 'daprd' | 'broker' | 'postgres' | 'provider';
export const parts: readonly Part[] = ['node', 'daprd', 'broker', 'postgres', 'provider'];
export type PerPart = Readonly<Record<Part, number>>;
const TICK_MS = 10;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** CPU milliseconds, of ended children too. */
  readonly cpuMs: number;
  readonly command: string;
}

async function entries(): Promise<readonly Entry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const read = await Promise.all(
    pids.map(async (pid) => {
      // A process may end while it is being read.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const ticks = [11, 12, 13, 14]
        .map((index) => Number(fields[index] ?? 0))
        .reduce((sum, each) => sum + each, 0);
      return { pid: Number(pid), parent: Number(fields[1] ?? 0), cpuMs: ticks * TICK_MS, command };
    }),
  );
  return read.filter(({ parent }) => parent > 0);
}

async function treeOf(root: number): Promise<readonly Entry[]> {
  const all = await entries();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const belongs = (pid: number): boolean =>
    pid === root || (parents.has(pid) && belongs(parents.get(pid) ?? 0));
  return all.filter(({ pid }) => belongs(pid));
}

function partOf({ command }: Entry): Part {
  if (command.includes('provider-simulator')) return 'provider';
  if (command.includes('main.ts')) return 'node';
  if (/daprd|sentry/.test(command)) return 'daprd';
  if (/redis-server|kafka\.Kafka/.test(command)) return 'broker';
  return command.includes('postgres') ? 'postgres' : 'node';
}

/** CPU milliseconds so far. */
export async function cpuOf(root: number): Promise<PerPart> {
  const tree = await treeOf(root);
  const sum = (part: Part) =>
    tree.filter((entry) => partOf(entry) === part).reduce((ms, { cpuMs }) => ms + cpuMs, 0);
  return Object.fromEntries(parts.map((part) => [part, sum(part)])) as PerPart;
}

/** Bytes, proportional set size: shared pages count once. */
export async function memoryOf(root: number): Promise<number> {
  const sizes = await Promise.all(
    (await treeOf(root)).map(async ({ pid }) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+([0-9]+)/m.exec(rollup)?.[1] ?? 0) * 1_024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
