/** What it costs when a thousand readers want a product that no cache holds. */
import { renderMetrics, type CallContext } from '@ecommercestack/kit';
import { startCatalog, type BenchCatalog } from './platform.ts';
import { skuAt } from './products.ts';

export interface Stampede {
  /** Milliseconds until the last reader has the answer. */
  readonly ms: number;
  /** Of the store, over all replicas. */
  readonly reads: number;
}

const READERS = 1_000;

/** With Redis, over two replicas. Each time another product. */
export async function benchStampede(
  env: Readonly<Record<string, string>>,
  { shared, runs }: { readonly shared: boolean; readonly runs: number },
): Promise<readonly Stampede[]> {
  const each = shared ? { ...env, SHARED_CACHE: 'redis' } : env;
  const replicas = await Promise.all(
    (shared ? ['1', '2'] : ['1']).map((id) => startCatalog({ ...each, INSTANCE_ID: id })),
  );
  const level = shared ? 'l2' : 'l1';
  try {
    const stampedes: Stampede[] = [];
    await Promise.all(replicas.map((replica) => read(replica, 0)));
    for (let run = 1; run <= runs; run++) {
      const earlier = await storeReads(replicas, level);
      const started = performance.now();
      await Promise.all(
        Array.from({ length: READERS }, (_, reader) => read(replicas[reader % replicas.length], run * 101)),
      );
      const ms = performance.now() - started;
      stampedes.push({ ms, reads: (await storeReads(replicas, level)) - earlier });
    }
    return stampedes;
  } finally {
    for (const { app } of replicas) await app.stop();
  }
}

async function read(replica: BenchCatalog | undefined, n: number): Promise<void> {
  const { signal } = new AbortController();
  const context: CallContext = { requestId: 'bench', actor: { id: 'guest:bench', roles: [] }, signal };
  const outcome = await replica?.app.methods.unary.get('get-product')?.({ sku: skuAt(n) }, context);
  if (outcome?.ok !== true) throw new Error(`no answer for ${skuAt(n)}`);
}

async function storeReads(replicas: readonly BenchCatalog[], level: 'l1' | 'l2'): Promise<number> {
  const labels = `cache="product",level="${level}",result="miss"`;
  const figures = await Promise.all(
    replicas.map(async ({ metrics }) => {
      const { body } = await renderMetrics(metrics.registry);
      const line = body
        .split('\n')
        .find((text) => text.startsWith('cache_requests_total') && text.includes(labels));
      return Number(line?.split(' ').at(-1) ?? 0);
    }),
  );
  return figures.reduce((sum, figure) => sum + figure, 0);
}
