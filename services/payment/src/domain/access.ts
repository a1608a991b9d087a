import { staffRoles } from '@ecommercestack/contracts';

/** Staff and the platform itself see every customer's payments. */
export function seesAll(actor: { readonly id: string; readonly roles: readonly string[] }): boolean {
  return actor.id === 'system' || staffRoles.some((role) => actor.roles.includes(role));
}
