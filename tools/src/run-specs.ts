/** Runs spec files in processes of their own, two at a time, and prints a line for each and every failure in full. */
import path from 'node:path';
import { run } from 'node:test';
import type { EventData } from 'node:test';
import { inspect } from 'node:util';
import type { Spec } from './specs.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** A file that hangs must not hold up a run for ever. */
const FILE_LIMIT_MS = 10 * 60_000;

interface FileReport {
  passed: number;
  readonly failures: string[];
  output: string;
}

/** A test that does not run proves nothing: skipped, todo and cancelled ones count as failed, as does an empty file. */
export async function runSpecs(specs: readonly Spec[], signal: AbortSignal): Promise<Totals> {
  if (specs.length === 0) return { passed: 0, failed: 0 };
  const reports = new Map<string, FileReport>();
  const reportOf = (file: string | undefined): FileReport => {
    const name = path.relative(process.cwd(), file ?? '');
    const report = reports.get(name) ?? { passed: 0, failures: [], output: '' };
    reports.set(name, report);
    return report;
  };
  const stream = run({
    files: specs.map(({ file }) => file),
    concurrency: 2,
    signal,
    timeout: FILE_LIMIT_MS,
  });
  stream.on('test:pass', (data) => {
    if (data.details.type !== 'suite') countPass(reportOf(data.file), data);
  });
  stream.on('test:fail', (data) => {
    if (isOwnFailure(data)) reportOf(data.file).failures.push(describeFailure(data));
  });
  stream.on('test:stdout', (data) => (reportOf(data.file).output += data.message));
  stream.on('test:stderr', (data) => (reportOf(data.file).output += data.message));
  const printed = new Set<FileReport>();
  stream.on('test:summary', (data) => {
    if (data.file === undefined) return;
    printed.add(reportOf(data.file));
    printReport(path.relative(process.cwd(), data.file), reportOf(data.file));
  });
  await new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.resume();
  });
  // A file that fails while it is loaded, or has no test, gets no summary.
  for (const [file, report] of reports) if (!printed.has(report)) printReport(file, report);
  return total(specs, reports);
}

function countPass(report: FileReport, data: EventData.TestPass): void {
  const unproven = data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'todo' : undefined;
  if (unproven !== undefined) report.failures.push(`✖ ${data.name}: ${unproven} tests are not allowed`);
  else if (data.name.endsWith('.spec.ts') && data.nesting === 0)
    report.failures.push('✖ the file has no test');
  else report.passed += 1;
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

function printReport(file: string, { passed, failures, output }: FileReport): void {
  if (failures.length === 0) {
    console.log(`✔ ${file}: ${passed} passed`);
    return;
  }
  console.log(`✖ ${file}: ${passed} passed, ${failures.length} failed`);
  const details = [...failures, ...(output === '' ? [] : ['output:', output.trimEnd()])];
  console.log(details.join('\n').replaceAll(/^/gm, '    '));
}

function total(specs: readonly Spec[], reports: ReadonlyMap<string, FileReport>): Totals {
  let passed = 0;
  let failed = 0;
  for (const { file } of specs) {
    const report = reports.get(file);
    passed += report?.passed ?? 0;
    // A file that was never reported on was interrupted.
    failed += report === undefined ? 1 : report.failures.length;
  }
  return { passed, failed };
}
