/** Knows a guest again, by a random id that identifies nobody. Whoever has the cookie has the cart of that guest. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

const COOKIE = /(?:^|;\s*)guest=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/;
const DAY_SECONDS = 24 * 60 * 60;

/** The actor id of the guest: from the cookie, else a new one. */
export function guestOf(req: Request): string {
  return `guest:${COOKIE.exec(req.headers.cookie ?? '')?.[1] ?? randomUUID()}`;
}

/**
 * Keeps a guest on one side of a canary for a day. Only where there is no cookie yet; an answer that carries one
 * must not be shared by caches.
 */
export function keepGuest(req: Request, res: Response, guestId: string, secure: boolean): boolean {
  if (COOKIE.test(req.headers.cookie ?? '')) return false;
  return sendCookie(res, guestId, secure, DAY_SECONDS);
}

/** Keeps a guest who has left something with us, from now for as long as the order service keeps carts by default. */
export function recallGuest(res: Response, guestId: string, secure: boolean): true {
  return sendCookie(res, guestId, secure, 30 * DAY_SECONDS);
}

function sendCookie(res: Response, guestId: string, secure: boolean, seconds: number): true {
  const id = guestId.slice('guest:'.length);
  const flags = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  res.append('set-cookie', `guest=${id}; ${flags}`);
  return true;
}
