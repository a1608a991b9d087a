/** B6: everybody wants the same SKU. Commands enter as messages; a grant is durable with its reply in the outbox. */
import { inventoryCommands } from '@ecommercestack/contracts';
import { buildInventory, readConfig } from '@ecommercestack/inventory';
import { createLogger, createMetrics, systemClock, type Message, type Publisher } from '@ecommercestack/kit';
import { measured, type Sample } from './measure.ts';

const SKU = 'HOT-SKU';

export interface HotSkuOptions {
  readonly connectionString: string;
  readonly buyers: number;
  readonly units: number;
  readonly concurrency: number;
}

/** Rejects unless exactly as many were granted as there were units. The sample counts grants, not buyers. */
export async function benchHotSku(options: HotSkuOptions): Promise<Sample> {
  const { units, buyers, concurrency } = options;
  const replies = new Map<string, number>();
  const publisher: Publisher = {
    publish: async (messages) => {
      for (const { type } of messages) replies.set(type, (replies.get(type) ?? 0) + 1);
      return messages.map(() => ({ ok: true }));
    },
  };
  const inventory = buildInventory(
    readConfig({ DATABASE_URL: options.connectionString, RELAY_BATCH: '128' }),
    {
      publisher,
      clock: systemClock,
      logger: createLogger({ service: 'bench', level: 'error' }),
      metrics: createMetrics({ service: 'inventory' }),
    },
  );
  await inventory.start();
  const { type, topic } = inventoryCommands.reserveStock;
  const commands = inventory.subscriptions.find((subscription) => subscription.topic === topic);
  if (!commands) throw new Error(`inventory does not subscribe to ${topic}`);
  const context = {
    requestId: 'bench',
    actor: { id: 'bench', roles: ['admin'] },
    signal: AbortSignal.timeout(60_000),
  };
  await inventory.methods.unary.get('restock')?.({ sku: SKU, quantity: units }, context);

  const sample = await measured(process.pid, async (latencies) => {
    let next = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next++ < buyers) {
          const begun = performance.now();
          await commands.handle(reserve(topic, type));
          latencies.push(performance.now() - begun);
        }
      }),
    );
  });
  await inventory.stop();
  if (replies.get('stock-reserved') !== units) {
    throw new Error(`${units} units, ${replies.get('stock-reserved')} granted`);
  }
  return { ...sample, perSecond: (sample.perSecond * units) / buyers };
}

function reserve(topic: string, type: string): Message {
  const orderId = crypto.randomUUID();
  return {
    id: crypto.randomUUID(),
    topic,
    type,
    key: orderId,
    time: new Date().toISOString(),
    source: 'bench',
    data: { orderId, lines: [{ sku: SKU, quantity: 1 }] },
  };
}
