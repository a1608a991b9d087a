/** Rules of components: who may use them, and where their secrets come from. */
import type { Installation } from './resources.ts';
import { appIdsOf } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Component } from './schema.ts';

export function componentProblems({ components }: Installation, platform: Platform): string[] {
  const stores = components.filter(({ spec }) => spec.type.startsWith('secretstores.'));
  return components.flatMap((component) => [
    ...scopeProblems(component, platform),
    ...secretProblems(component, new Set(stores.map(({ metadata }) => metadata.name))),
  ]);
}

/** Of anything that may be scoped: without scopes, every app would load it. */
export function scopeProblems(
  { file, metadata, scopes }: Pick<Component, 'file' | 'metadata' | 'scopes'>,
  platform: Platform,
): string[] {
  const known = appIdsOf(platform);
  const strangers = scopes.filter((appId) => !known.includes(appId));
  return [
    ...(scopes.length === 0 ? [`${file}: ${metadata.name} is scoped to no app, so all load it`] : []),
    ...strangers.map((appId) => `${file}: ${metadata.name} is scoped to ${appId}, which is no app`),
    ...(new Set(scopes).size < scopes.length ? [`${file}: ${metadata.name} names an app twice`] : []),
  ];
}

const SECRET = /password|secret(?!sFile)|token|credential|apikey|accesskey|privatekey|clientkey/i;
const CREDENTIALS_IN_URL = /:\/\/[^/\s:]*:[^/\s@]+@/;

function secretProblems({ file, metadata, spec, auth }: Component, stores: ReadonlySet<string>): string[] {
  const { name } = metadata;
  const plain = spec.metadata.filter(
    (entry) => 'value' in entry && (SECRET.test(entry.name) || CREDENTIALS_IN_URL.test(entry.value)),
  );
  const fromEnvironment = spec.metadata.filter((entry) => 'envRef' in entry && SECRET.test(entry.name));
  const referring = spec.metadata.some((entry) => 'secretKeyRef' in entry);
  const store = auth?.secretStore;
  return [
    ...plain.map((entry) => `${file}: ${name} holds its ${entry.name} in plain text`),
    ...fromEnvironment.map((entry) => `${file}: ${name} takes its ${entry.name} from no secret store`),
    ...(referring && store === undefined
      ? [`${file}: ${name} does not say which store has its secrets`]
      : []),
    ...(store !== undefined && !stores.has(store)
      ? [`${file}: ${name} takes its secrets from ${store}, which is no secret store`]
      : []),
  ];
}
