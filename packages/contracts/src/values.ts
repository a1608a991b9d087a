/** Values that several contracts share. */
import { z } from 'zod';

/** Trimmed text that every store can hold: no NUL, no half of a surrogate pair. */
export function text(min: number, max: number) {
  return z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be valid Unicode without NUL');
}

export const sku = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dot, dash and underscore, at most 64')
  .meta({ description: 'Stock keeping unit: the identity of a product', example: 'TEA-SENCHA-100' });

export const orderId = z.uuid().meta({ description: 'Order id (UUIDv7)' });

export const customerId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/)
  .meta({ description: 'The subject of the access token', example: 'ada' });

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'an ISO 4217 code in capitals')
  .meta({ example: 'EUR' });

/** Integer minor units (cents) with a currency; never a float. */
export const money = z
  .strictObject({ amount: z.int().min(0).max(1_000_000_000_000), currency })
  .meta({ id: 'Money', description: 'Integer minor units with an ISO 4217 currency' });
export type Money = z.infer<typeof money>;

export const timestamp = z.iso.datetime({ offset: true }).meta({ description: 'RFC 3339 date and time' });

export const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,512}$/)
  .meta({ description: 'Opaque; take it from `nextCursor` of the page before' });

export const version = z
  .int()
  .min(1)
  .meta({ description: 'Version of the stream: counts its events from 1' });

/** A point in a stream's history: a version, or an RFC 3339 time. */
export const asOf = z
  .union([z.string().regex(/^[1-9][0-9]{0,8}$/), z.iso.datetime({ offset: true })])
  .meta({ description: 'Time travel: a version, or an RFC 3339 time', example: '2' });

export const quantity = z.int().min(1).max(999);

/** Lines name each SKU once; the order service adds up repeated lines before it asks for stock. */
export const stockLine = z.strictObject({ sku, quantity: z.int().min(1).max(49_950) });
export type StockLine = z.infer<typeof stockLine>;

export const auditEvent = z
  .strictObject({
    version,
    type: z.string(),
    occurredAt: timestamp,
    actor: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEvent', description: 'One event of a history, as it was committed' });
export type AuditEvent = z.infer<typeof auditEvent>;
