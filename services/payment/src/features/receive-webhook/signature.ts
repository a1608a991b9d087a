/** Checks `Stripe-Signature` headers: `t` is Unix time in seconds, `v1` is HMAC-SHA256 of `<t>.<body>` in hex. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a signed webhook may be, and how far ahead the sender's clock. Stripe's own limit. */
const toleranceSeconds = 300;

export function isSigned(body: string, header: string, secret: string, now: Date): boolean {
  const parts = header.split(',').map((part) => part.trim());
  const t = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  if (!/^\d{1,12}$/.test(t) || Math.abs(now.getTime() / 1000 - Number(t)) > toleranceSeconds) return false;
  const expected = createHmac('sha256', secret).update(`${t}.${body}`).digest();
  return parts
    .filter((part) => /^v1=[0-9a-f]{64}$/.test(part))
    .some((part) => timingSafeEqual(Buffer.from(part.slice(3), 'hex'), expected));
}
