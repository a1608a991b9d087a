/**
 * A reporter of Node's test runner for one spec file: a line of JSON for each thing that counts. A test that does not run
 * proves nothing, so that skipped and todo ones count as failed.
 */
import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export type SpecLine =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly text: string }
  /** What a test tells whether it passes or not, such as figures it has measured. */
  | { readonly kind: 'note'; readonly text: string }
  /** After the last test. */
  | { readonly kind: 'ended' };

/** The totals that the runner itself tells of a file. */
const RUNNERS_OWN = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = lineOf(event);
    if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}

function lineOf(event: TestEvent): SpecLine | undefined {
  if (event.type === 'test:pass') {
    const { name, skip, todo, details } = event.data;
    if (details.type === 'suite') return undefined;
    const unproven = skip !== undefined ? 'skipped' : todo !== undefined ? 'todo' : undefined;
    if (unproven === undefined) return { kind: 'passed' };
    return { kind: 'failed', text: `✖ ${name}: ${unproven} tests are not allowed` };
  }
  if (event.type === 'test:fail')
    return isOwnFailure(event.data) ? { kind: 'failed', text: describeFailure(event.data) } : undefined;
  if (event.type === 'test:diagnostic' && !RUNNERS_OWN.test(event.data.message))
    return { kind: 'note', text: event.data.message };
  return event.type === 'test:summary' ? { kind: 'ended' } : undefined;
}

/** A suite fails with its tests, which tell why. */
function isOwnFailure({ details: { error } }: EventData.TestFail): boolean {
  return !('failureType' in error) || error.failureType !== 'subtestsFailed';
}

function describeFailure(data: EventData.TestFail): string {
  const { error } = data.details;
  const place = data.line === undefined ? '' : ` (line ${data.line})`;
  return `✖ ${data.name}${place}\n${inspect(error.cause ?? error, { depth: 6 })}`;
}
