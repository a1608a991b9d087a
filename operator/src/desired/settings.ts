/** The ConfigMap with the settings file that every process watches. */
import {
  settings as settingsSchema,
  settingsOf,
  type Settings,
  type StackSpec,
} from '@ecommercestack/contracts';
import { SETTINGS_KEY } from './environment.ts';
import type { KubeObject } from './model.ts';
import { metadata, settingsName, type StackIdentity } from './names.ts';

/** A second version as callers shall see it now, whatever the resource asks for. */
export interface AppliedSecond {
  readonly version: string;
  readonly weight: number;
  readonly sticky: boolean;
}

/**
 * The settings with the weights that are due now. The revision grows only when something else does; `last` is the
 * highest that was ever given, should the ConfigMap be lost.
 */
export function nextSettings(
  spec: StackSpec,
  applied: ReadonlyMap<string, AppliedSecond>,
  { inForce, last }: { readonly inForce: Settings | undefined; readonly last: number },
): Settings {
  const named = new Map(spec.services.map((service) => [service.name, service]));
  const services = [...new Set([...named.keys(), ...applied.keys()])].map((name) => {
    const { canary: _, blueGreen: __, ...service } = named.get(name) ?? { name };
    const second = applied.get(name);
    const canary = second && { ...second, replicas: 1, consumers: 'Excluded' as const };
    return { ...service, ...(canary && { canary }) };
  });
  const revision = Math.max(last, inForce?.revision ?? 0);
  const next = settingsOf({ spec: { ...spec, services } }, inForce?.revision ?? revision + 1);
  return inForce === undefined || isSame(next, inForce) ? next : { ...next, revision: revision + 1 };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(settingsSchema.parse(one)) === JSON.stringify(settingsSchema.parse(other));
}

export function settingsMap(stack: StackIdentity, settings: Settings): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(stack, settingsName(stack)),
    data: { [SETTINGS_KEY]: `${JSON.stringify(settings, null, 2)}\n` },
  };
}

/** Undefined when there is none, or none that can be read: then one is made from the resource alone. */
export function readSettings(data: unknown): Settings | undefined {
  const text = (data as Readonly<Record<string, unknown>> | undefined)?.[SETTINGS_KEY];
  if (typeof text !== 'string' || !text.trimStart().startsWith('{')) return undefined;
  const parsed = settingsSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
