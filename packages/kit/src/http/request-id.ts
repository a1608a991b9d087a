import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const SANE = /^[\w.:-]{8,128}$/;

/** Takes the caller's `x-request-id` where it is harmless, else makes one; the answer carries it. */
export function assignRequestId(req: Request, res: Response, next: NextFunction): void {
  const given = req.get('x-request-id');
  res.setHeader('x-request-id', given !== undefined && SANE.test(given) ? given : randomUUID());
  next();
}

export function requestIdOf(res: Response): string {
  const id = res.getHeader('x-request-id');
  return typeof id === 'string' ? id : 'unknown';
}
