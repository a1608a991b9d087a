/** Tells people and scripts where the shop is and how to get in. */
import { chmod, rename, writeFile } from 'node:fs/promises';

export interface Access {
  readonly url: string;
  readonly adminUrl: string;
  readonly adminToken: string;
  readonly customerToken: string;
  readonly providerUrl: string;
  /** Connection strings by service, for inspection and for the invariant checker. */
  readonly databases: Readonly<Record<string, string>>;
  /** Only where the shop is more than one process; as of the last change. */
  readonly processes?: readonly ProcessEntry[];
}

export interface ProcessEntry {
  /** Of its log file, too. */
  readonly name: string;
  readonly kind: 'service' | 'sidecar' | 'broker' | 'store' | 'authority';
  readonly appId?: string;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  readonly ports: Readonly<Record<string, number>>;
}

/** Readable by its owner alone, and never half-written. */
export async function writeAccess(path: string, access: Access): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

/** What the terminal shows when the shop is open. Each curl line works as it is, in this order. */
export function banner(access: Access, accessFile: string, sku: string): string {
  const order = JSON.stringify({
    items: [{ sku, quantity: 1 }],
    payment: { token: 'tok_ok' },
    shippingAddress: {
      name: 'Ada Lovelace',
      line1: '12 Harbour Street',
      postalCode: '1011 AB',
      city: 'Amsterdam',
      country: 'NL',
    },
  });
  return `
  Shop         ${access.url}            API docs  ${access.url}/docs
  Operations   ${access.adminUrl}/metrics    /readyz  /healthz
  Tokens       export CUSTOMER=${access.customerToken}
               export ADMIN=${access.adminToken}
               (also in ${accessFile}; more: npm run token -- --customer bob)

  Try:
  curl -s '${access.url}/api/products?q=tea&inStock=true&limit=3'
  curl -s ${access.url}/api/orders -H "Authorization: Bearer $CUSTOMER" -H 'Content-Type: application/json' -H 'Prefer: wait=5' -H "Idempotency-Key: $(date +%s)" -d '${order}'
  curl -s ${access.url}/api/orders -H "Authorization: Bearer $CUSTOMER"
  curl -s ${access.url}/api/inventory/${sku}/restock -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' -d '{"quantity":10}'
`;
}
