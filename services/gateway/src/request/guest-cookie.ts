/** Keeps a guest on one side of a canary for a day. Opaque and random: it identifies nobody and grants nothing. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

const COOKIE = /(?:^|;\s*)guest=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/;
const SECONDS = 24 * 60 * 60;

/** The actor id of the guest: from the cookie, else a new one. */
export function guestOf(req: Request): string {
  return `guest:${COOKIE.exec(req.headers.cookie ?? '')?.[1] ?? randomUUID()}`;
}

/** Only where there is none yet; an answer that carries a cookie must not be shared by caches. */
export function keepGuest(req: Request, res: Response, guestId: string, secure: boolean): boolean {
  if (COOKIE.test(req.headers.cookie ?? '')) return false;
  const id = guestId.slice('guest:'.length);
  const flags = `Path=/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  res.append('set-cookie', `guest=${id}; ${flags}`);
  return true;
}
