/** How the gateway says no: RFC 9457 problems with the codes of the catalogue. */
import { isProblemCode, problems, type ProblemCode } from '@ecommercestack/contracts';
import { sendProblem } from '@ecommercestack/kit';
import type { InputProblem, Refusal } from '@ecommercestack/kit';
import type { Response } from 'express';

export function refusal(code: ProblemCode, detail?: string, extra?: Refusal['extra']): Refusal {
  return { code, detail: detail ?? `${problems[code].title}.`, ...(extra !== undefined && { extra }) };
}

/** The platform could not, and it is not the caller's doing. */
export function isOwnFailure(code: string): boolean {
  return isProblemCode(code) && problems[code].status >= 500;
}

/** Answers of 500 and above tell nothing but their code. Codes outside the catalogue are bugs. */
export function sendRefusal(
  res: Response,
  refused: Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!isProblemCode(refused.code)) throw new Error(`refused with the unknown code ${refused.code}`);
  const { status, title } = problems[refused.code];
  if (!res.headersSent) res.set({ ...headers, 'cache-control': 'no-store' });
  const currentVersion = refused.extra?.['currentVersion'];
  if (typeof currentVersion === 'string' || typeof currentVersion === 'number') {
    res.setHeader('etag', `"${currentVersion}"`);
  }
  if (status >= 500) {
    sendProblem(res, { status, code: refused.code, title });
    return;
  }
  const { errors, ...extra } = refused.extra ?? {};
  sendProblem(res, {
    status,
    code: refused.code,
    title,
    detail: refused.detail,
    extra,
    ...(Array.isArray(errors) && { errors: errors as readonly InputProblem[] }),
  });
}
