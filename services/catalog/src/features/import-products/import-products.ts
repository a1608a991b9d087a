/** Takes many products at once: each is created, or brought to what is given, or refused, whatever the others are. */
import type { ImportChange, ImportProblem, ImportResult, ProductInput } from '@ecommercestack/contracts';
import type { CallContext, InputProblem, Outcome, Refusal } from '@ecommercestack/kit';

/** Has the product be as given. */
export type PutProduct = (product: ProductInput, context: CallContext) => Promise<Outcome<ImportChange>>;

export function createImportProducts(put: PutProduct) {
  return async (
    items: readonly ProductInput[],
    context: CallContext,
  ): Promise<Outcome<{ readonly results: ImportResult[] }>> => {
    if (!context.actor.roles.includes('admin')) return { ok: false, problem: forbidden };
    // Those of one SKU are done in the order given: the write side takes turns.
    const results = await Promise.all(items.map(async (item) => resultOf(await put(item, context))));
    return { ok: true, value: { results } };
  };
}

const forbidden: Refusal = { code: 'forbidden', detail: 'Only an administrator may import products.' };

function resultOf(outcome: Outcome<ImportChange>): ImportResult {
  return outcome.ok ? { change: outcome.value } : { problem: problemOf(outcome.problem) };
}

function problemOf({ code, detail, extra }: Refusal): ImportProblem {
  const errors = extra?.['errors'];
  return { code, detail, ...(Array.isArray(errors) && { errors: errors as InputProblem[] }) };
}
