/** The shape of a public route: one declaration serves routing, validation, authorisation and OpenAPI. */
import type { z } from 'zod';
import type { ProblemCode } from '../problems.ts';
import type { ServiceName } from '../settings.ts';

export const roles = ['customer', 'support', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];
export const staffRoles: readonly Role[] = ['support', 'operator', 'admin'];
export const operatorRoles: readonly Role[] = ['operator', 'admin'];

/**
 * `public`: anybody. `guest`: anybody, and who has no token is known again by a cookie. `customer`: any valid token.
 * `staff`, `operator`, `admin`: a token with such a role.
 */
export type Access = 'public' | 'guest' | 'customer' | 'staff' | 'operator' | 'admin';

/** The parts of a validated request. */
export interface RequestParts {
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

/** What the caller sees of a method's answer. Header names in lower case. */
export interface RouteAnswer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ResponseContract {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * `import`: the lines of the body are handed on in batches, as the body that `toInput` gets; the method answers with a
 * result each. `export`: the method is asked for pages, with `after` of the query moved on, until it names no `next`.
 * Both methods are idempotent. The response schema describes one line.
 */
export type Bulk = { readonly kind: 'import'; readonly line: z.ZodType } | { readonly kind: 'export' };

export interface Route {
  readonly id: string;
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /**
   * OpenAPI style: `/api/orders/{orderId}`. A suffix `?ids` makes the route a variant of the same path, chosen
   * when the query has that parameter.
   */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Lower-case names; only those listed are read. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body is passed on as it arrived (signed webhooks). */
  readonly rawBody?: true;
  readonly service: ServiceName;
  /** Method of the service that answers. */
  readonly call: string;
  readonly toInput: (parts: RequestParts) => unknown;
  /** Milliseconds that the method may wait on purpose, on top of the time limit of the service. */
  readonly waitMs?: (parts: RequestParts) => number;
  readonly success: 200 | 201 | 202;
  /** Absent: the answer of the method is the body. */
  readonly toAnswer?: (value: unknown, parts: RequestParts) => RouteAnswer;
  readonly response: ResponseContract;
  /** `text/event-stream`: the response schema describes the data of each event. */
  readonly stream?: true;
  /** Lines of JSON (`application/x-ndjson`), of any number: one request of many calls. */
  readonly bulk?: Bulk;
  readonly problems: readonly ProblemCode[];
  /** `Cache-Control` for callers without a token; every other answer is `no-store`. */
  readonly cache?: string;
  /** What a read is about (`Surrogate-Key`), and what a write changes: no cache keeps the one past the other. */
  readonly surrogateKeys?: (parts: RequestParts) => readonly string[];
  /** Seconds that the answer may be old when the service gives it; `Age` begins with them. */
  readonly ageSeconds?: number;
}
