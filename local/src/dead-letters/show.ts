/** Dead letters for people: tables and paragraphs. Pure. */
import type {
  DeadLetter,
  DeadLetterAction,
  DeadLetterGroup,
  DeadLetterReplay,
  DeadLetterSummary,
} from '@ecommercestack/contracts';

const GAP = '  ';

/** Columns as wide as their widest cell; the last one is cut, so that a row stays on one line of `width`. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width = 140,
): string {
  const all = [headings, ...rows.map((row) => row.map(oneLine))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** To the second, in UTC: `2030-01-01 00:00:00`. */
function at(time: string): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

export function showLetters(letters: readonly DeadLetterSummary[]): string {
  if (letters.length === 0) return 'There are none.';
  return table(
    ['LETTER', 'STATUS', 'CONSUMER', 'TYPE', 'ATTEMPTS', 'LAST (UTC)', 'REASON'],
    letters.map((letter) => [
      `${letter.service}/${letter.id}`,
      letter.edited ? `${letter.status}, edited` : letter.status,
      letter.consumer,
      letter.type,
      String(letter.attempts),
      at(letter.lastAt),
      letter.reason,
    ]),
  );
}

export function showGroups(groups: readonly DeadLetterGroup[]): string {
  if (groups.length === 0) return 'There are none.';
  return groups
    .map((group) =>
      [
        `${group.count} × ${group.type} at ${group.consumer}: ${group.pattern}`,
        `${GAP}${group.explanation}`,
        `${GAP}${at(group.oldestAt)} to ${at(group.newestAt)} UTC. To do: ${group.suggestion}. Such as ${group.service}/${group.exampleId}.`,
      ].join('\n'),
    )
    .join('\n\n');
}

export function showLetter(letter: DeadLetter): string {
  const { advice, message, original, history } = letter;
  return [
    `${letter.service}/${letter.id}: ${letter.type} on ${letter.topic} for ${letter.consumer}, ${letter.status}, version ${letter.version}`,
    `${letter.attempts} attempts, ${at(letter.firstAt)} to ${at(letter.lastAt)} UTC`,
    `Reason: ${letter.reason}`,
    `${advice.explanation} To do: ${advice.suggestion}.`,
    ...advice.problems.map(({ path, message: text }) => `${GAP}${path}: ${text}`),
    ...(original === undefined ? [] : [`\nData as it came:\n${pretty(original['data'])}`]),
    `\nData:\n${pretty(message['data'])}`,
    `\nMessage ${letter.messageId}, key ${letter.key}, trace ${message['traceparent'] ?? 'none'}`,
    `\n${showActions(history)}`,
  ].join('\n');
}

export function showActions(actions: readonly DeadLetterAction[]): string {
  if (actions.length === 0) return 'Nothing was done.';
  return table(
    ['TIME (UTC)', 'WHO', 'ACTION', 'LETTER', 'OUTCOME', 'DETAIL'],
    actions.map((action) => [
      at(action.at),
      action.actor,
      action.action,
      action.letterId === undefined ? action.service : `${action.service}/${action.letterId}`,
      action.outcome,
      action.detail ?? '',
    ]),
  );
}

export function showReplay({ replayId, status, parts, unavailable }: DeadLetterReplay): string {
  const rows = parts.map((part) => [
    part.service,
    part.status,
    String(part.handled),
    String(part.failed),
    String(part.remaining),
    part.stopReason ?? '',
  ]);
  return [
    `Replay ${replayId}: ${status}`,
    table(['SERVICE', 'STATUS', 'HANDLED', 'FAILED', 'REMAINING', 'WHY'], rows),
    ...missing(unavailable),
  ].join('\n');
}

/** What the answer is without. */
export function missing(unavailable: readonly string[]): readonly string[] {
  return unavailable.length === 0 ? [] : [`Could not be asked: ${unavailable.join(', ')}`];
}

function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2) ?? 'none';
}
