/** The small values of the resource. Every text and every list is bounded: the API server charges rules by their worst case. */
import { z } from 'zod';
import { ruled } from './rule.ts';

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

function milliseconds(text: string): number {
  const unit = text.replace(/^[0-9]+/, '') as keyof typeof DURATION_UNITS;
  return Number.parseInt(text, 10) * DURATION_UNITS[unit];
}

/** `250ms`, `10s`, `5m`, `1h` to milliseconds. */
export const duration = z
  .string()
  .max(9)
  .regex(/^[0-9]{1,7}(ms|s|m|h)$/, 'a duration such as 250ms, 10s, 5m or 1h')
  .transform(milliseconds);

/** A duration from `least` to `most`, both as they are written; in milliseconds once parsed. */
export function durationBetween(least: string, most: string) {
  return ruled(duration, [
    {
      cel: `duration(self) >= duration('${least}') && duration(self) <= duration('${most}')`,
      message: `must be between ${least} and ${most}`,
      holds: (ms) => ms >= milliseconds(least) && ms <= milliseconds(most),
    },
  ]);
}

/** A name that can be part of a DNS name. */
export const label = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes');

/** The name of a Secret or ConfigMap. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be the name of a Kubernetes object');

export const version = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/, 'must be the tag of an image');

/** A whole reference of an image, with a tag or a digest. */
export const image = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[a-z0-9][a-zA-Z0-9._/:-]*(:[a-zA-Z0-9_.-]+|@sha256:[a-f0-9]{64})$/, 'must name a tag or a digest');

/** A Kubernetes quantity, such as `250m`, `1` or `512Mi`; a text, since rules over numbers or texts are charged as if they had no end. */
export const quantity = z
  .string()
  .max(20)
  .regex(/^[0-9]+(\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'a quantity such as "250m" or "512Mi"');

const QUANTITY_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** How much a quantity is, in its base unit. NaN for what is no quantity. */
export function amountOf(text: string): number {
  const [, digits = '', unit = ''] = /^([0-9.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  return digits === '' ? Number.NaN : Number(digits) * (QUANTITY_UNITS[unit] ?? Number.NaN);
}

/** `3`, or a share such as `25%`. */
export const countOrPercent = z
  .union([
    z.int().min(0).max(10_000),
    z
      .string()
      .max(4)
      .regex(/^([0-9]{1,2}|100)%$/, 'a number, or a share such as 25%'),
  ])
  .meta({ 'x-kubernetes-int-or-string': true });

/** A list whose entries are known by a field, so that two appliers can each own some of them. */
export function listByKey<S extends z.ZodType>(item: S, most: number, key = 'name') {
  const keyOf = (entry: unknown): unknown => (entry as Record<string, unknown>)[key];
  return z
    .array(item)
    .max(most)
    .superRefine((list, context) => {
      const keys = list.map(keyOf);
      for (const [index, value] of keys.entries()) {
        if (keys.indexOf(value) === index) continue;
        context.addIssue({ code: 'custom', path: [index, key], message: `${String(value)} is named twice` });
      }
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}

/** A list without an order or repetitions. */
export function setOf<S extends z.ZodType>(item: S, most: number) {
  return z
    .array(item)
    .max(most)
    .refine((list) => new Set(list).size === list.length, 'each entry may be there once')
    .meta({ 'x-kubernetes-list-type': 'set' });
}

/** What the API of Kubernetes itself defines and checks; passed on as it is. */
export const passedOn = z.looseObject({}).meta({ 'x-kubernetes-preserve-unknown-fields': true });
