import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ConcurrencyError } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import type { Command } from '../domain/command.ts';
import { decideBatch } from '../domain/decide-batch.ts';
import { reserve, restock } from '../spec/commands.ts';
import { readWorld } from './read-world.ts';
import { findStockViolations } from './stock-violations.ts';
import { tables } from './tables.ts';
import { writePlan } from './write-plan.ts';

void describe('writing a plan without the locks that should have been held', () => {
  let database: TestDatabase;
  /** Decides on what it reads now; writes when told to. */
  const decideNow = async (command: Command) => {
    const client = await database.pool.connect();
    const plan = decideBatch([command], await readWorld(client, [command]));
    return async () => {
      await client.query('BEGIN');
      try {
        await writePlan(client, plan);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    };
  };

  before(async () => {
    database = await createTestDatabase();
    await migrateTables(tables, database.connectionString);
    await (
      await decideNow(restock('TEA', 1).command)
    )();
  });
  after(async () => {
    assert.deepEqual(await findStockViolations(database.pool), []);
    await database.drop();
  });

  void it('a stock that has changed since refuses the second buyer of the last unit', async () => {
    const buy = () => decideNow(reserve(randomUUID(), [{ sku: 'TEA', quantity: 1 }]).command);
    const [first, second] = [await buy(), await buy()];
    await first();
    await assert.rejects(second(), ConcurrencyError);
  });

  void it('a stock that has changed since is written by nobody, even where the units would do', async () => {
    const add = () => decideNow(restock('CUP', 1).command);
    await (
      await add()
    )();
    const [first, second] = [await add(), await add()];
    await first();
    await assert.rejects(second(), ConcurrencyError);
  });

  void it('a reservation that has ended since is not ended again', async () => {
    const { rows } = await database.pool.query<{ order_id: string }>('SELECT order_id FROM reservations');
    const orderId = rows[0]?.order_id ?? '';
    const lines = [{ sku: 'TEA', quantity: 1 }];
    const at = new Date('2030-01-01T12:00:00Z');
    const [commit, release] = [
      await decideNow({ kind: 'commit', orderId, lines, at }),
      await decideNow({ kind: 'release', orderId, lines, at }),
    ];
    await commit();
    await assert.rejects(release(), ConcurrencyError);
  });

  void it('the table itself refuses to lose or make up a unit', async () => {
    const change = (column: string) => database.pool.query(`UPDATE stock SET ${column} = ${column} + 1`);
    await assert.rejects(change('available'), /stock_conserved/);
    await assert.rejects(change('held'), /stock_conserved/);
    const oversell =
      "UPDATE stock SET available = available - 1, committed = committed + 1 WHERE sku = 'TEA'";
    await assert.rejects(database.pool.query(oversell), /stock_available_check/);
  });
});
