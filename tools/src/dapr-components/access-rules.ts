/** Rules of configurations: every method is named for exactly those who call it. */
import { canaryOf, serviceOf } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Installation } from './resources.ts';
import { sameMembers } from './topic-scopes.ts';
import type { Configuration } from './schema.ts';

const METHODS = '/methods/';

export function accessProblems({ configurations }: Installation, platform: Platform): string[] {
  const has = new Set(configurations.map(({ metadata }) => metadata.name));
  return [
    ...platform.services
      .filter((service) => !has.has(service))
      .map((service) => `${service} has no Configuration`),
    ...configurations.flatMap((configuration) => [
      ...ownProblems(configuration, platform),
      ...callerProblems(configuration, platform),
      ...secretProblems(configuration),
    ]),
  ];
}

function ownProblems({ file, metadata, spec }: Configuration, platform: Platform): string[] {
  const { accessControl, metrics, tracing } = spec;
  const methods = platform.methods[metadata.name] ?? [];
  const allowed = new Set(accessControl.policies.flatMap(({ operations }) => operations.map(methodOf)));
  const problems: (string | false)[] = [
    !platform.services.includes(metadata.name) && `${file}: ${metadata.name} is no service`,
    accessControl.defaultAction !== 'deny' && `${file}: who is not named may call everything`,
    metrics.http.increasedCardinality && `${file}: a metric per path grows without bound`,
    Number(tracing.samplingRate) === 0 && `${file}: a sampling rate of 0 stops passing traces on`,
    ...methods.filter((method) => !allowed.has(method)).map((method) => `${file}: nobody may call ${method}`),
  ];
  return problems.filter((problem) => problem !== false);
}

function callerProblems({ file, metadata, spec }: Configuration, platform: Platform): string[] {
  const { policies, trustDomain } = spec.accessControl;
  const methods = platform.methods[metadata.name] ?? [];
  const callers = policies.map(({ appId }) => appId);
  return policies.flatMap(({ appId, operations, ...policy }, index) => {
    const say = (text: string) => `${file}: ${appId} ${text}`;
    const called = operations.map(methodOf);
    const twin = policies.find((other) => other.appId === canaryOf(appId));
    const calls = platform.gatewayCalls[metadata.name] ?? [];
    const problems: (string | false)[] = [
      !platform.services.includes(serviceOf(appId)) && say('is no app'),
      callers.indexOf(appId) !== index && say('is named twice'),
      policy.defaultAction !== 'deny' && say('may call what is not named'),
      policy.trustDomain !== trustDomain && say('is of another trust domain'),
      new Set(called).size < called.length && say('has a method twice'),
      appId === 'gateway' && !sameMembers(called, calls) && say('may call other methods than it does'),
      appId !== 'gateway' &&
        appId === serviceOf(appId) &&
        !sameMembers(twin?.operations.map(methodOf) ?? [], called) &&
        say('may call other methods than its canary'),
      ...operations.flatMap(({ name, httpVerb, action }) => [
        !(name.startsWith(METHODS) && methods.includes(methodOf({ name }))) &&
          say(`may call ${name}, which is no method`),
        !sameMembers(httpVerb, ['POST']) && say(`may call ${name} by other verbs than POST`),
        action !== 'allow' && say(`is refused ${name}, as is everything that is not named`),
      ]),
    ];
    return problems.filter((problem) => problem !== false);
  });
}

/** By the API: a component's own secrets are resolved whatever this says. */
function secretProblems({ file, metadata, spec }: Configuration): string[] {
  const own = metadata.name === 'gateway' ? [metadata.name] : [metadata.name, canaryOf(metadata.name)];
  return ['secrets', 'kubernetes'].flatMap((store) => {
    const scope = spec.secrets.scopes.find(({ storeName }) => storeName === store);
    const allowed = store === 'secrets' ? own : [];
    const closed = scope?.defaultAccess === 'deny' && sameMembers(scope.allowedSecrets, allowed);
    return closed ? [] : [`${file}: ${metadata.name} may read other secrets of ${store} than its own`];
  });
}

function methodOf({ name }: { readonly name: string }): string {
  return name.replace(METHODS, '');
}
