/** Lets an operator have cached reads forgotten by pattern. */
import type { CallContext, Outcome } from '@ecommercestack/kit';

/** What is cached of products, stock and searches. */
export interface Caches {
  /** Forgets here and in what replicas share, and tells the other replicas and the gateways. Counts the entries. */
  purge(pattern: string): Promise<{ readonly local: number; readonly shared: number }>;
}

export interface Audit {
  note(action: {
    readonly action: string;
    readonly actor: string;
    readonly outcome: string;
    readonly detail?: string;
  }): Promise<void>;
}

export interface Purged {
  readonly pattern: string;
  readonly local: number;
  readonly shared: number;
}

/** `operators`: the roles that may. Again does no harm. */
export function createPurgeCache(caches: Caches, audit: Audit, operators: readonly string[]) {
  return async (
    { pattern }: { readonly pattern: string },
    { actor }: CallContext,
  ): Promise<Outcome<Purged>> => {
    if (!operators.some((role) => actor.roles.includes(role))) return forbidden;
    const { local, shared } = await caches.purge(pattern);
    const outcome = `${local} entries of this replica, ${shared} of those that replicas share`;
    await audit.note({ action: 'purge-cache', actor: actor.id, outcome, detail: pattern });
    return { ok: true, value: { pattern, local, shared } };
  };
}

const forbidden: Outcome<never> = {
  ok: false,
  problem: { code: 'forbidden', detail: 'Only an operator may purge caches.' },
};
