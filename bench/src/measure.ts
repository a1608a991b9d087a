/** Closed-loop measurement: so many callers, each starting the next operation when its last has ended. */

export interface Sample {
  readonly operations: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of this process per operation. */
  readonly cpuMs: number;
}

export interface LoopOptions {
  readonly concurrency: number;
  readonly seconds: number;
  readonly operation: (index: number) => Promise<unknown>;
}

export async function closedLoop({ concurrency, seconds, operation }: LoopOptions): Promise<Sample> {
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1_000;
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
  return sampleOf(latencies, performance.now() - started, process.cpuUsage(cpuBefore));
}

export function sampleOf(latencies: number[], elapsedMs: number, cpu: NodeJS.CpuUsage): Sample {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    operations: sorted.length,
    perSecond: sorted.length / (elapsedMs / 1_000),
    p50: at(0.5),
    p99: at(0.99),
    cpuMs: (cpu.user + cpu.system) / 1_000 / sorted.length,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** One line of the report: medians with the smallest and the largest of the runs. */
export function report(name: string, samples: readonly Sample[]): string {
  const spread = (pick: (sample: Sample) => number, digits = 0) => {
    const values = samples.map(pick);
    const round = (value: number) => value.toFixed(digits);
    return `${round(median(values))} (${round(Math.min(...values))}–${round(Math.max(...values))})`;
  };
  return [
    name.padEnd(44),
    `${spread((sample) => sample.perSecond)}/s`.padEnd(26),
    `p50 ${spread((sample) => sample.p50, 1)}`.padEnd(24),
    `p99 ${spread((sample) => sample.p99, 1)} ms`.padEnd(28),
    `CPU ${spread((sample) => sample.cpuMs, 3)} ms`,
  ].join(' ');
}
