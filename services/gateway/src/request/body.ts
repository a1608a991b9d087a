/** Reads a request's body within its limits. */
import { raw, type Request, type Response } from 'express';
import type { ProblemCode } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import { refusal } from '../refusal.ts';

const MAX_BODY_BYTES = 64 * 1_024;

const read = raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });

/** The bytes as they arrived; empty when there is no body. One that takes longer than `limitMs` is cut off. */
export async function readBody(req: Request, res: Response, limitMs: number): Promise<Outcome<Buffer>> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  read(req, res, resolve);
  const cut = setTimeout(() => req.destroy(), limitMs);
  const error = await promise;
  clearTimeout(cut);
  if (error === undefined) {
    const body: unknown = req.body;
    return { ok: true, value: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
  }
  const code = bodyProblem(error);
  if (code === undefined) throw new Error('the body could not be read', { cause: error });
  return { ok: false, problem: refusal(code) };
}

function bodyProblem(error: unknown): ProblemCode | undefined {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return 'payload-too-large';
    case 'encoding.unsupported':
      return 'unsupported-media-type';
    case 'request.aborted':
    case 'request.size.invalid':
      return 'invalid-request';
    default:
      return undefined;
  }
}

/** An absent body is `undefined`. Only UTF-8 JSON is accepted (RFC 8259). */
export function parseJson(contentType: string | undefined, bytes: Buffer): Outcome<unknown> {
  if (bytes.length === 0) return { ok: true, value: undefined };
  if (!isJson(contentType)) return { ok: false, problem: refusal('unsupported-media-type') };
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    return { ok: false, problem: refusal('invalid-request', 'The body is not JSON in UTF-8.') };
  }
}

function isJson(contentType = ''): boolean {
  return /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i.test(contentType.trim());
}
