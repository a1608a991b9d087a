/** Creates, updates and deletes products: decide on the current state, append, decide again when overtaken. */
import type { ImportChange, ProductFields, ProductInput, ProductPatch } from '@ecommercestack/contracts';
import type { CallContext, Outcome, Refusal } from '@ecommercestack/kit';
import { decide, versionConflict, wrongCurrency } from '../../domain/decide.ts';
import type { EditCommand } from '../../domain/decide.ts';
import { versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductState } from '../../domain/product.ts';
import { createTurns } from './turns.ts';
import { unstorableText } from './storable.ts';
import type { ProductStreams } from './product-streams.ts';

/** Where readers of this process keep products; told of an edit before its caller is. */
export interface EditListener {
  edited(state: KnownProduct): Promise<void>;
}

/**
 * Edits of one product take turns within a process, so that an attempt is lost only to another replica, whose edit
 * succeeded: many in a row mean a stampede.
 */
const ATTEMPTS = 10;

/** `currency` is that of the shop. */
export function createEditProduct(streams: ProductStreams, listener: EditListener, currency: string) {
  const inTurn = createTurns();
  const edit = async (sku: string, command: EditCommand, actor: string): Promise<Outcome<Edited>> => {
    let state: ProductState = { status: 'absent' };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      state = await streams.load(sku);
      const decision = decide(command, state);
      if (!decision.ok) return decision;
      const { value: event } = decision;
      const after = event === undefined ? state : await streams.append(sku, state, event, { actor });
      if (after === 'conflict') continue;
      if (after.status === 'absent') throw new Error(`an edit of ${sku} left nothing behind`);
      await listener.edited(after);
      return { ok: true, value: { state: after, before: state, changed: event !== undefined } };
    }
    return { ok: false, problem: versionConflict(versionOf(state)) };
  };

  const guarded = async (
    sku: string,
    command: EditCommand,
    context: CallContext,
  ): Promise<Outcome<Edited>> => {
    if (!context.actor.roles.includes('admin')) return { ok: false, problem: forbidden };
    const problem = unstorableText(command) ?? wrongCurrency(command, currency);
    if (problem !== undefined) return { ok: false, problem };
    return inTurn(sku, () => edit(sku, command, context.actor.id));
  };

  const stateOf = async (edited: Promise<Outcome<Edited>>): Promise<Outcome<KnownProduct>> => {
    const outcome = await edited;
    return outcome.ok ? { ok: true, value: outcome.value.state } : outcome;
  };

  return {
    create: (input: ProductInput, context: CallContext) =>
      stateOf(guarded(input.sku, { type: 'create-product', product: fieldsOf(input) }, context)),
    update: (sku: string, patch: ProductPatch, expected: number | undefined, context: CallContext) =>
      stateOf(guarded(sku, { type: 'update-product', patch, ...expectation(expected) }, context)),
    remove: (sku: string, expected: number | undefined, context: CallContext) =>
      stateOf(guarded(sku, { type: 'delete-product', ...expectation(expected) }, context)),
    /** Has the product be as given; what is not given is empty. */
    async put(input: ProductInput, context: CallContext): Promise<Outcome<ImportChange>> {
      const edited = await guarded(input.sku, { type: 'put-product', product: fieldsOf(input) }, context);
      if (!edited.ok) return edited;
      const { before, changed } = edited.value;
      if (!changed) return { ok: true, value: 'unchanged' };
      return { ok: true, value: before.status === 'absent' ? 'created' : 'updated' };
    },
  };
}

interface Edited {
  readonly before: ProductState;
  readonly state: KnownProduct;
  /** False where everything was as asked for already. */
  readonly changed: boolean;
}

function fieldsOf(input: ProductInput): ProductFields {
  return {
    ...input,
    description: input.description ?? '',
    tags: input.tags ?? [],
    attributes: input.attributes ?? {},
  };
}

const forbidden: Refusal = { code: 'forbidden', detail: 'Only an administrator may edit products.' };

function expectation(expectedVersion: number | undefined): { readonly expectedVersion?: number } {
  return expectedVersion === undefined ? {} : { expectedVersion };
}
