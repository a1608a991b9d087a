/** Runs spec files in processes of their own, and prints a line for each and every failure in full. */
import path from 'node:path';
import { run } from 'node:test';
import type { EventData } from 'node:test';
import { inspect } from 'node:util';
import { WHOLE_MACHINE } from './specs.ts';
import type { Spec } from './specs.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** A file that hangs must not hold up a run for ever. The images of all services take ten minutes on a busy machine. */
const FILE_LIMIT_MS = 15 * 60_000;

/** The totals that the runner itself tells of a file. */
const RUNNERS_OWN = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

interface FileReport {
  passed: number;
  readonly failures: string[];
  /** What tests tell whether they pass or not, such as figures they have measured. */
  readonly notes: string[];
  output: string;
}

/** A test that does not run proves nothing: skipped, todo and cancelled ones count as failed, as does an empty file. */
export async function runSpecs(specs: readonly Spec[], signal: AbortSignal): Promise<Totals> {
  if (specs.length === 0) return { passed: 0, failed: 0 };
  const unreported = new Set(specs.map(({ file }) => file));
  const totals = { passed: 0, failed: 0 };
  // Events arrive file by file, each file's closed by its summary. They name the file that a test was written in,
  // which for a suite shared by several specs is not the file that runs it.
  let current: FileReport = newReport();
  const close = (file: string, milliseconds: number): void => {
    unreported.delete(file);
    if (current.passed + current.failures.length === 0) current.failures.push('✖ no test of the file ended');
    totals.passed += current.passed;
    totals.failed += current.failures.length;
    printReport(file, current, milliseconds);
    current = newReport();
  };
  const concurrency = specs.some(({ tier }) => WHOLE_MACHINE.includes(tier)) ? 1 : 2;
  // Now and then Node 24 spins for ever in a process that has nothing left to do, so each is ended with its last test.
  const execArgv = ['--test-force-exit'];
  const stream = run({ files: [...unreported], concurrency, signal, timeout: FILE_LIMIT_MS, execArgv });
  stream.on('test:pass', (data) => {
    const isFile = data.nesting === 0 && unreported.has(data.name);
    if (isFile) current.failures.push('✖ the file has no test');
    else if (data.details.type !== 'suite') countPass(current, data);
    if (isFile) close(data.name, data.details.duration_ms);
  });
  stream.on('test:fail', (data) => {
    if (isOwnFailure(data)) current.failures.push(describeFailure(data));
    // A file that breaks off, at load or later, is reported as a test that bears its name.
    if (data.nesting === 0 && specs.some(({ file }) => file === data.name))
      close(data.name, data.details.duration_ms);
  });
  stream.on('test:stdout', ({ message }) => (current.output += message));
  stream.on('test:stderr', ({ message }) => (current.output += message));
  stream.on('test:diagnostic', ({ message }) => {
    if (!RUNNERS_OWN.test(message)) current.notes.push(message);
  });
  stream.on('test:summary', ({ file, duration_ms: milliseconds }) => {
    if (file !== undefined) close(path.relative(process.cwd(), file).replaceAll(path.sep, '/'), milliseconds);
  });
  await new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.resume();
  });
  return { ...totals, failed: totals.failed + unreported.size };
}

function newReport(): FileReport {
  return { passed: 0, failures: [], notes: [], output: '' };
}

function countPass(report: FileReport, data: EventData.TestPass): void {
  const unproven = data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'todo' : undefined;
  if (unproven === undefined) report.passed += 1;
  else report.failures.push(`✖ ${data.name}: ${unproven} tests are not allowed`);
}

/** A suite fails with its tests, which tell why; a file cut off by an interrupt has nothing to tell. */
function isOwnFailure({ details: { error } }: EventData.TestFail): boolean {
  const kind = 'failureType' in error ? error.failureType : undefined;
  return kind !== 'subtestsFailed' && kind !== 'testAborted';
}

function describeFailure(data: EventData.TestFail): string {
  const { error } = data.details;
  const place = data.line === undefined ? '' : ` (line ${data.line})`;
  return `✖ ${data.name}${place}\n${inspect(error.cause ?? error, { depth: 6 })}`;
}

function printReport(
  file: string,
  { passed, failures, notes, output }: FileReport,
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
