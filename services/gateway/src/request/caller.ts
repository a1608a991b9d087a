/** Establishes who is calling: a customer by token, or a guest by cookie. */
import { isIPv6 } from 'node:net';
import type { Outcome } from '@ecommercestack/kit';
import type { Request } from 'express';
import type { Identity } from '../authentication/identity.ts';
import type { TokenVerifier } from '../authentication/token-verifier.ts';
import { refusal } from '../refusal.ts';
import { guestOf } from './guest-cookie.ts';

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** A token that is sent must be valid, on public routes too: falling back to a guest would hide its expiry. */
export async function identify(req: Request, verifier: TokenVerifier): Promise<Outcome<Identity>> {
  const { authorization } = req.headers;
  if (authorization === undefined) return { ok: true, value: { kind: 'guest', id: guestOf(req) } };
  const token = BEARER.exec(authorization)?.[1];
  const customer = token === undefined ? undefined : await verifier.verify(token);
  if (customer === undefined) return { ok: false, problem: refusal('unauthenticated') };
  return { ok: true, value: customer };
}

/** One household has one IPv4 address or one IPv6 network of 64 bits. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail = ''] = (ip.split('%')[0] ?? ip).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = ip.includes('::') ? [...before, ...zeros, ...after] : before;
  return groups.slice(0, 4).join(':');
}
