import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createEventStore } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import * as fc from 'fast-check';
import { command as anyCommand, nothing } from '../spec/any-command.ts';
import type { Command } from '../domain/command.ts';
import { decideBatch } from '../domain/decide-batch.ts';
import { readWorld } from './read-world.ts';
import { createStockProcessor } from './stock-processor.ts';
import { findStockViolations } from './stock-violations.ts';
import { tables } from './tables.ts';

/** The same command about SKUs and orders that no other run of the property knows. */
function isolate(command: Command, run: string): Command {
  const sku = (name: string) => `${name}-${run}`;
  if (command.kind === 'introduce') return { ...command, sku: sku(command.sku) };
  if (command.kind === 'restock') {
    const { restock } = command;
    return { ...command, restock: { ...restock, actor: run, sku: sku(restock.sku) } };
  }
  const orderId = `${run.slice(0, 24)}${command.orderId.slice(24)}`;
  return { ...command, orderId, lines: command.lines.map((line) => ({ ...line, sku: sku(line.sku) })) };
}

void test('the tables hold what was decided, whatever the commands and however they were batched', async () => {
  const database = await createTestDatabase();
  try {
    await migrateTables(tables, database.connectionString);
    const processor = createStockProcessor({ store: createEventStore({ pool: database.pool }) });
    const property = fc.asyncProperty(
      fc.array(anyCommand, { minLength: 1, maxLength: 40 }),
      async (found) => {
        const run = randomUUID();
        const commands = found.map((command) => isolate(command, run));
        const answers = await Promise.all(commands.map((command) => processor.submit({ command })));
        const plan = decideBatch(commands, nothing);
        assert.deepEqual(
          answers.map((answer) => answer.kind === 'handled' && answer.result.result),
          plan.answers.map(({ result }) => result),
        );
        const client = await database.pool.connect();
        const stored = await readWorld(client, commands).finally(() => client.release());
        const versions = new Map([...stored.stocks].map(([sku, { version }]) => [sku, version]));
        const expected = [...plan.after.stocks].map(
          ([sku, stock]) => [sku, { ...stock, version: versions.get(sku) }] as const,
        );
        assert.deepEqual(stored, { ...plan.after, stocks: new Map(expected) });
      },
    );
    await fc.assert(property, { numRuns: 40 });
    assert.deepEqual(await findStockViolations(database.pool), []);
  } finally {
    await database.drop();
  }
});
