/** A stack for people, on one screen. Pure. */
import { versionOf } from '@ecommercestack/contracts';
import type { Condition, Difference, ServiceStatus } from '../crd/status.ts';
import type { Stack } from './stack.ts';

/** `now` is RFC 3339. */
export function showStatus(stack: Stack, now: string): string {
  const { status } = stack;
  if (status === undefined)
    return `${title(stack, now)}\n\nThe operator has not looked at it: is it running?`;
  const services = status.services ?? [];
  const waiting = services.flatMap(({ name, message }) =>
    message === undefined ? [] : [`${name} ${message}`],
  );
  return [
    title(stack, now),
    ...stale(stack),
    '',
    table(['', 'SERVICE', 'PODS', 'VERSION', 'SECOND', 'PODS', 'SHARE', 'BREAKER'], services.map(serviceRow)),
    ...(waiting.length > 0 ? ['', ...waiting] : []),
    '',
    ...news(status.conditions ?? [], now),
  ].join('\n');
}

function title({ metadata, spec, status }: Stack, now: string): string {
  const { name, namespace, creationTimestamp } = metadata;
  const facts = [
    `${name} ${spec.version} in ${namespace}`,
    status?.summary && `${status.summary.services} services ready`,
    status?.settingsRevision !== undefined && `settings ${status.settingsRevision}`,
    spec.paused === true && 'paused',
    spec.mode === 'Observe' && 'observed only',
    `${age(creationTimestamp, now)} old`,
  ];
  return facts.filter((fact) => typeof fact === 'string').join(', ');
}

function stale({ metadata, status }: Stack): readonly string[] {
  const seen = status?.observedGeneration ?? 0;
  if (seen >= metadata.generation) return [];
  return [`The operator has not seen the last change yet (generation ${metadata.generation}, seen ${seen}).`];
}

function serviceRow(service: ServiceStatus): readonly string[] {
  const { name, ready, replicas, readyReplicas, image, canaryImage, canaryReady = 0 } = service;
  return [
    ready ? '✔' : '✖',
    name,
    `${readyReplicas}/${replicas}`,
    versionOf({ image }),
    canaryImage === undefined ? '-' : versionOf({ image: canaryImage }),
    canaryImage === undefined ? '-' : String(canaryReady),
    share(service),
    breaker(service),
  ];
}

function share({ askedWeight, appliedWeight }: ServiceStatus): string {
  if (askedWeight === undefined || appliedWeight === undefined) return '-';
  return askedWeight === appliedWeight ? `${appliedWeight}%` : `${appliedWeight}% → ${askedWeight}%`;
}

function breaker({ circuitBreaker }: ServiceStatus): string {
  if (circuitBreaker === undefined) return '-';
  const { failureThreshold, openSeconds, halfOpenRequests, rollout } = circuitBreaker;
  const settings = `${failureThreshold} failures, ${openSeconds} s, ${halfOpenRequests} trials`;
  return rollout === 'Pending' ? `${settings} (not everywhere yet)` : settings;
}

/** Ready and what goes on are always told; the others where they are bad. */
const GOOD: Readonly<Record<Condition['type'], Condition['status'] | undefined>> = {
  Ready: undefined,
  Progressing: undefined,
  Degraded: 'False',
  Paused: 'False',
  DaprReady: 'True',
  GatewayReady: 'True',
  DependenciesReady: 'True',
  Conflict: 'False',
  InvalidSpec: 'False',
};

function isNews({ type, status }: Condition): boolean {
  return status !== GOOD[type];
}

/** What is wrong for one reason is told once. */
function news(conditions: readonly Condition[], now: string): readonly string[] {
  const groups = Map.groupBy(conditions.filter(isNews), ({ reason, message }) =>
    message === '' ? reason : `${reason}, ${message}`,
  );
  return [...groups].map(([fact, of]) => {
    const since = of[0]?.lastTransitionTime ?? now;
    return `${of.map(said).join(', ')} for ${age(since, now)}: ${fact}`;
  });
}

function said({ type, status }: Condition): string {
  if (status === 'Unknown') return `${type} unknown`;
  return status === 'True' ? type : `not ${type}`;
}

export function showDifferences(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'Nothing would change.';
  return table(
    ['OBJECT', 'FIELD', 'IS', 'WOULD BE'],
    differences.map(({ object, path, is, wanted }) => [object, path ?? '', is ?? '', wanted ?? '']),
  );
}

/** `3d`, `5h`, `12m`, `8s`, as kubectl shows ages. */
export function age(since: string, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 1_000));
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
  ] as const;
  const unit = units.find(([size]) => seconds >= 2 * size);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit[0])}${unit[1]}`;
}

/** Columns as wide as their widest cell. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows.map((row) => row.map((cell) => cell.replaceAll(/\s+/g, ' ')))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return all.map((row) => line(row).join('  ').trimEnd()).join('\n');
}
