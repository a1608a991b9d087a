/** Query strings and headers arrive as text: schemas that read numbers, flags and lists out of them. */
import { z } from 'zod';

export function integerText(min: number, max: number) {
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const flagText = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Comma-separated, 1 to 100 entries. */
export function listText<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .min(1)
    .max(10_000)
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(100));
}

export const pageQuery = {
  limit: integerText(1, 100).optional(),
};
