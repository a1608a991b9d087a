/** Rules of policies: each is bounded, used, and applies to something there is. */
import { scopeProblems } from './component-rules.ts';
import { appIdsOf } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Installation } from './resources.ts';
import type { PolicyNames, Resiliency } from './schema.ts';

export function resiliencyProblems(installation: Installation, platform: Platform): string[] {
  const { resiliencies } = installation;
  const scoped = resiliencies.flatMap(({ scopes, file }) => scopes.map((appId) => ({ appId, file })));
  const twice = scoped.filter(
    ({ appId }, index) => scoped.findIndex((other) => other.appId === appId) !== index,
  );
  return [
    ...twice.map(({ appId, file }) => `${file}: ${appId} has another Resiliency already`),
    ...resiliencies.flatMap((resiliency) => [
      ...scopeProblems(resiliency, platform),
      ...referenceProblems(resiliency),
      ...targetProblems(resiliency, installation, platform),
    ]),
    ...callerProblems(installation),
  ];
}

function referenceProblems({ file, spec }: Resiliency): string[] {
  const { policies, targets } = spec;
  const uses: readonly PolicyNames[] = [
    ...Object.values(targets.apps),
    ...Object.values(targets.components).flatMap(({ inbound, outbound }) => [inbound ?? {}, outbound ?? {}]),
  ];
  const compare = (what: string, defined: object, used: readonly (string | undefined)[]): string[] => [
    ...new Set(
      used
        .filter((name) => name !== undefined && !Object.hasOwn(defined, name))
        .map((name) => `${file}: there is no ${what} ${name}`),
    ),
    ...Object.keys(defined)
      .filter((name) => !used.includes(name))
      .map((name) => `${file}: nothing uses the ${what} ${name}`),
  ];
  return [
    ...compare(
      'timeout',
      policies.timeouts,
      uses.map(({ timeout }) => timeout),
    ),
    ...compare(
      'retry',
      policies.retries,
      uses.map(({ retry }) => retry),
    ),
    ...compare(
      'circuit breaker',
      policies.circuitBreakers,
      uses.map((each) => each.circuitBreaker),
    ),
  ];
}

function targetProblems(
  { file, spec, scopes }: Resiliency,
  { components }: Installation,
  platform: Platform,
): string[] {
  const say = (text: string) => `${file}: ${text}`;
  const appIds = appIdsOf(platform);
  const apps = Object.entries(spec.targets.apps).flatMap(([appId, policies]) => [
    ...(appIds.includes(appId) ? [] : [say(`${appId} is no app`)]),
    ...(policies.timeout === undefined ? [] : [say(`the timeout towards ${appId} would end event streams`)]),
    ...(policies.retry === undefined ? [say(`does not say how often a call to ${appId} is tried`)] : []),
  ]);
  const used = Object.entries(spec.targets.components).flatMap(([name, { inbound, outbound }]) => {
    const component = components.find(({ metadata }) => metadata.name === name);
    const without = scopes.filter((appId) => component?.scopes.includes(appId) === false);
    return [
      ...(component === undefined ? [say(`there is no component ${name}`)] : []),
      ...without.map((appId) => say(`${appId} has no component ${name}`)),
      ...(inbound?.circuitBreaker !== undefined && outbound?.circuitBreaker !== undefined
        ? [say(`${name} has a breaker on both sides, which would be one and the same`)]
        : []),
    ];
  });
  return [...apps, ...used];
}

/** Where nothing is said about a callee, Dapr tries three times, a second apart, and no breaker opens. */
function callerProblems({ configurations, resiliencies }: Installation): string[] {
  return configurations.flatMap(({ metadata, spec, file }) =>
    spec.accessControl.policies
      .filter(
        ({ appId }) =>
          !resiliencies.some(
            ({ scopes, spec: { targets } }) =>
              scopes.includes(appId) && targets.apps[metadata.name]?.circuitBreaker !== undefined,
          ),
      )
      .map(({ appId }) => `${file}: ${appId} calls ${metadata.name} without a circuit breaker`),
  );
}
