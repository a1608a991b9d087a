/** Who may see and do what. An order of somebody else does not exist for a customer. */
import type { Actor, Outcome } from '@ecommercestack/kit';
import { staffRoles, type ProblemCode } from '@ecommercestack/contracts';
import type { PlacedOrder } from './domain/order.ts';

export type Refused = Extract<Outcome<never>, { readonly ok: false }>;

export function isStaff(actor: Actor): boolean {
  return staffRoles.some((role) => actor.roles.includes(role));
}

export function maySee(actor: Actor, order: PlacedOrder): boolean {
  return isStaff(actor) || order.terms.customerId === actor.id;
}

/** Seeing is for all staff, changing the order of a customer for administrators. */
export function mayChange(actor: Actor, order: PlacedOrder): boolean {
  return isAdmin(actor) || order.terms.customerId === actor.id;
}

export function isAdmin(actor: Actor): boolean {
  return actor.roles.includes('admin');
}

export function refusal(
  code: ProblemCode,
  detail: string,
  extra?: Readonly<Record<string, unknown>>,
): Refused {
  return { ok: false, problem: { code, detail, ...(extra && { extra }) } };
}

export function notFound(orderId: string): Refused {
  return refusal('not-found', `There is no order ${orderId}.`);
}
