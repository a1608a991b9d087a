/** Fills a shop as an administrator does: over HTTP, through its gateway. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeedProduct } from '../seed.ts';

/** Between two tries: a shop that has just been installed is a minute away. */
const TRY_AGAIN_MS = 3_000;

export interface Shelves {
  readonly gateway: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly tryAgainMs?: number;
}

/** Can be repeated: what exists stays as it is, and a SKU is stocked once. Throws when the shop refuses for good. */
export async function stockShelves(products: readonly SeedProduct[], shelves: Shelves): Promise<void> {
  for (const { product, stock } of products) {
    await post(shelves, '/api/products', product, `seed-product:${product.sku}`, [409]);
    if (stock === 0) continue;
    const path = `/api/inventory/${encodeURIComponent(product.sku)}/restock`;
    await post(shelves, path, { quantity: stock }, `seed:${product.sku}`, []);
  }
}

async function post(
  shelves: Shelves,
  path: string,
  body: object,
  key: string,
  allowed: readonly number[],
): Promise<void> {
  const { gateway, token, signal, tryAgainMs = TRY_AGAIN_MS } = shelves;
  for (;;) {
    const status = await statusOf(`${gateway}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
      signal,
    });
    if (status !== undefined && (status < 300 || allowed.includes(status))) return;
    if (status !== undefined && !isPassing(status))
      throw new Error(`the shop could not be filled: POST ${path} was answered with ${status}`);
    await sleep(tryAgainMs, undefined, { signal });
  }
}

/** Undefined: nobody answers. Throws when the signal aborts. */
async function statusOf(url: string, request: RequestInit & { readonly signal: AbortSignal }) {
  try {
    const answer = await fetch(url, request);
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    request.signal.throwIfAborted();
    // This is how fetch says that there was no answer.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Limits and outages pass, an unknown product arrives; a key that the gateway has not fetched yet makes it 401. */
function isPassing(status: number): boolean {
  return status >= 500 || [401, 404, 429].includes(status);
}
