/** A catalogue that comes in for the first time, in batches as the gateway sends them, one after another. */
import { MAX_IMPORT_BATCH, type ImportResult } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { measured, type Sample } from '../measure.ts';
import { startCatalog } from './platform.ts';
import { productAt } from './products.ts';

/** `from`: products that no run before has imported. Operations are products, latencies those of their batches. */
export async function benchImport(
  env: Readonly<Record<string, string>>,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<Sample> {
  const { app } = await startCatalog(env);
  const { signal } = new AbortController();
  const context: CallContext = { requestId: 'bench', actor: { id: 'bench', roles: ['admin'] }, signal };
  try {
    return await measured(process.pid, async (latencies) => {
      for (let at = from; at < from + count; at += MAX_IMPORT_BATCH) {
        const begun = performance.now();
        const items = Array.from({ length: Math.min(MAX_IMPORT_BATCH, from + count - at) }, (_, n) => {
          const { version: _v, createdAt: _c, updatedAt: _u, ...fields } = productAt(at + n);
          return fields;
        });
        const outcome = (await app.methods.unary.get('import-products')?.({ items }, context)) as
          Outcome<{ readonly results: readonly ImportResult[] }> | undefined;
        if (outcome?.ok !== true) throw new Error('a batch was refused');
        if (!outcome.value.results.every((result) => 'change' in result && result.change === 'created'))
          throw new Error('a product was refused');
        latencies.push(...items.map(() => performance.now() - begun));
      }
    });
  } finally {
    await app.stop();
  }
}
