/** Closed-loop measurement: so many callers, each starting the next operation when its last has ended. */
import { cpuOf, parts, type PerPart } from './processes.ts';

export interface Sample {
  readonly operations: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds per operation. */
  readonly cpuMs: PerPart;
}

export interface LoopOptions {
  /** Whose CPU is counted, with that of everything it has started. Default: this process. */
  readonly pid?: number;
  readonly concurrency: number;
  readonly seconds: number;
  readonly operation: (index: number) => Promise<unknown>;
}

export async function closedLoop(options: LoopOptions): Promise<Sample> {
  const { concurrency, seconds, operation, pid = process.pid } = options;
  return measured(pid, async (latencies) => {
    const end = performance.now() + seconds * 1_000;
    let next = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (performance.now() < end) {
          const begun = performance.now();
          await operation(next++);
          latencies.push(performance.now() - begun);
        }
      }),
    );
  });
}

/** So many runs of so many seconds each, after one that is not counted. */
export async function repeated(
  load: LoopOptions,
  { runs, warmUpSeconds }: { readonly runs: number; readonly warmUpSeconds: number },
): Promise<readonly Sample[]> {
  await closedLoop({ ...load, seconds: warmUpSeconds });
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) samples.push(await closedLoop(load));
  return samples;
}

/** `run` notes how long each of its operations took, in milliseconds. */
export async function measured(pid: number, run: (latencies: number[]) => Promise<void>): Promise<Sample> {
  const latencies: number[] = [];
  const cpuBefore = await cpuOf(pid);
  const started = performance.now();
  await run(latencies);
  const elapsedMs = performance.now() - started;
  const cpuAfter = await cpuOf(pid);
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const perOperation = parts.map((part) => [part, (cpuAfter[part] - cpuBefore[part]) / sorted.length]);
  return {
    operations: sorted.length,
    perSecond: sorted.length / (elapsedMs / 1_000),
    p50: at(0.5),
    p99: at(0.99),
    cpuMs: Object.fromEntries(perOperation) as PerPart,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** One line of the report, and one on the CPU: medians with the smallest and the largest of the runs. */
export function report(name: string, samples: readonly Sample[]): string {
  const spread = (pick: (sample: Sample) => number, digits = 0) => {
    const values = samples.map(pick);
    const round = (value: number) => value.toFixed(digits);
    return `${round(median(values))} (${round(Math.min(...values))}–${round(Math.max(...values))})`;
  };
  const used = parts.filter((part) => samples.some(({ cpuMs }) => cpuMs[part] > 0));
  const cpu = used.map((part) => `${part} ${spread(({ cpuMs }) => cpuMs[part], 2)}`);
  return [
    name.padEnd(44),
    `${spread((sample) => sample.perSecond)}/s`.padEnd(26),
    `p50 ${spread((sample) => sample.p50, 1)}`.padEnd(24),
    `p99 ${spread((sample) => sample.p99, 1)} ms`,
    `\n  CPU ms per operation: ${cpu.join(', ')}`,
  ].join(' ');
}
