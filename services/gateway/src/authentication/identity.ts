/** Who is calling, as far as the gateway could establish it. */
import {
  operatorRoles,
  roles as knownRoles,
  staffRoles,
  type Access,
  type Role,
} from '@ecommercestack/contracts';

export type Identity =
  | { readonly kind: 'customer'; readonly id: string; readonly roles: readonly Role[] }
  | { readonly kind: 'guest'; readonly id: string };

/** Roles that this platform does not know grant nothing. */
export function rolesOf(claim: unknown): readonly Role[] {
  return Array.isArray(claim) ? knownRoles.filter((role) => claim.includes(role)) : [];
}

export function isStaff(identity: Identity): boolean {
  return identity.kind === 'customer' && identity.roles.some((role) => staffRoles.includes(role));
}

/** What keeps the caller from a route of this access; undefined when nothing does. */
export function accessRefusal(
  access: Access,
  identity: Identity,
): 'unauthenticated' | 'forbidden' | undefined {
  if (access === 'public' || access === 'guest') return undefined;
  if (identity.kind === 'guest') return 'unauthenticated';
  switch (access) {
    case 'customer':
      return undefined;
    case 'staff':
      return isStaff(identity) ? undefined : 'forbidden';
    case 'operator':
      return identity.roles.some((role) => operatorRoles.includes(role)) ? undefined : 'forbidden';
    case 'admin':
      return identity.roles.includes('admin') ? undefined : 'forbidden';
  }
}
