/** Runs spec files in processes of their own, and prints a line for each and every failure in full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WHOLE_MACHINE } from './specs.ts';
import type { Spec } from './specs.ts';
import type { SpecLine } from './spec-reporter.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** A file that hangs must not hold up a run for ever. The images of all services take ten minutes on a busy machine. */
const FILE_LIMIT_MS = 15 * 60_000;
/** For a file that is told to end. */
const GRACE_MS = 5_000;

interface FileReport {
  readonly passed: number;
  readonly failures: readonly string[];
  readonly notes: readonly string[];
}

/** A file that is empty or breaks off counts as one more failure, as do those not begun when the signal is aborted. */
export async function runSpecs(specs: readonly Spec[], signal: AbortSignal): Promise<Totals> {
  const totals = { passed: 0, failed: 0 };
  const waiting = [...specs];
  const folder = await mkdtemp(path.join(tmpdir(), 'spec-reports-'));
  const work = async (worker: string): Promise<void> => {
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      const { passed, failures } = await runSpec(spec.file, path.join(folder, worker), signal);
      totals.passed += passed;
      totals.failed += failures.length;
    }
  };
  try {
    const oneByOne = specs.some(({ tier }) => WHOLE_MACHINE.includes(tier));
    await Promise.all((oneByOne ? ['1'] : ['1', '2']).map(work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return totals;
}

async function runSpec(file: string, reportFile: string, interrupted: AbortSignal): Promise<FileReport> {
  if (interrupted.aborted) return { passed: 0, failures: ['✖ it was not begun'], notes: [] };
  const started = performance.now();
  const reporter = import.meta.resolve('./spec-reporter.ts');
  // Now and then Node 24 spins for ever in a process that has nothing left to do, so each is made to end with its last
  // test. That cuts off what is still on its way to a pipe, but not to a file.
  const report = [`--test-reporter=${reporter}`, `--test-reporter-destination=${reportFile}`];
  const child = spawn(process.execPath, ['--test-force-exit', ...report, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const stop = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  };
  const limit = setTimeout(stop, FILE_LIMIT_MS);
  interrupted.addEventListener('abort', stop);
  // Not `close`: processes that a spec has left behind may hold its output open.
  const [code, killed] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(limit);
  interrupted.removeEventListener('abort', stop);
  const fileReport = readReport(await takeFile(reportFile), code ?? killed);
  printReport(file, fileReport, output, performance.now() - started);
  return fileReport;
}

/** Empty when it was never written. */
async function takeFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

function readReport(text: string, end: number | string | null): FileReport {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SpecLine);
  const passed = lines.filter(({ kind }) => kind === 'passed').length;
  const failures = lines.flatMap((line) => (line.kind === 'failed' ? [line.text] : []));
  const notes = lines.flatMap((line) => (line.kind === 'note' ? [line.text] : []));
  const whole = lines.at(-1)?.kind === 'ended' && (end === 0 || failures.length > 0);
  if (!whole && end !== 0) failures.push(`✖ it broke off with ${end}`);
  else if (passed + failures.length === 0) failures.push('✖ the file has no test');
  return { passed, failures, notes };
}

function printReport(
  file: string,
  { passed, failures, notes }: FileReport,
  output: string,
  milliseconds: number,
): void {
  const seconds = (milliseconds / 1_000).toFixed(1);
  if (failures.length === 0) {
    console.log(
      [`✔ ${file}: ${passed} passed (${seconds} s)`, ...notes].join('\n').replaceAll('\n', '\n    '),
    );
    return;
  }
  console.log(`✖ ${file}: ${passed} passed, ${failures.length} failed (${seconds} s)`);
  const details = [...failures, ...notes, ...(output === '' ? [] : ['output:', output.trimEnd()])];
  console.log(details.join('\n').replaceAll(/^/gm, '    '));
}
