/** The end of the line: 405 where another method would have been served, 404 otherwise. */
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { sendProblem } from './problems.ts';

/** The part of the router's layers that is read here. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  /** What of the path the layer takes. */
  match(path: string): { readonly path: string } | false;
}

export function answerUnmatched(app: Express): RequestHandler {
  return (req: Request, res: Response, _next: NextFunction): void => {
    const allowed = new Set<string>();
    collectMethods(app.router.stack as unknown as readonly Layer[], req.path, allowed);
    if (allowed.size === 0) {
      const title = 'There is no such thing, or the caller may not see it';
      sendProblem(res, { status: 404, code: 'not-found', title });
      return;
    }
    res.setHeader('allow', [...allowed].sort().join(', '));
    const title = 'The resource does not support this method';
    sendProblem(res, { status: 405, code: 'method-not-allowed', title });
  };
}

function collectMethods(stack: readonly Layer[], path: string, allowed: Set<string>): void {
  for (const layer of stack) {
    const nested = layer.handle.stack;
    if (layer.route === undefined && nested === undefined) continue;
    const matched = layer.match(path);
    if (!matched) continue;
    if (layer.route !== undefined) {
      for (const method of Object.keys(layer.route.methods)) allowed.add(method.toUpperCase());
      if (layer.route.methods['get'] === true) allowed.add('HEAD');
    } else if (nested !== undefined) {
      collectMethods(nested, path.slice(matched.path.length) || '/', allowed);
    }
  }
}
