/** A request of a bulk route: many lines, and many calls behind it. */
import type { Route } from '@ecommercestack/contracts';
import type { Request, Response } from 'express';
import { sendRefusal } from '../refusal.ts';
import { parseRequest } from '../request/parse.ts';
import type { BulkCall } from './call.ts';
import { serveExport } from './export.ts';
import { serveImport, type ImportOptions } from './import.ts';

export async function serveBulk(
  req: Request,
  res: Response,
  { route, choice, identity }: Pick<BulkCall, 'choice' | 'identity'> & { readonly route: Route },
  options: ImportOptions,
): Promise<void> {
  // The body is no part of it: that is read line by line.
  const parsed = parseRequest(route, req, Buffer.alloc(0));
  if (!parsed.ok) return sendRefusal(res, parsed.problem);
  res.setHeader('x-served-by', `${route.service}@${choice.version}`);
  const call = { route, choice, identity, parts: parsed.value };
  if (route.bulk?.kind === 'import') return serveImport(req, res, call, options);
  return serveExport(req, res, call, options);
}
