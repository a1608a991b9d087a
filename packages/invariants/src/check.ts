/** The invariants I1–I11, as one pure function over the facts. */
import type { Facts, LedgerFact, OrderFact } from './facts.ts';

export const invariants = {
  I1: 'no oversell: per SKU, nothing negative, and restocked = available + held + committed',
  I2: 'no lost order: every accepted order exists',
  I3: 'every order ends; stock is held or committed for nobody who did not get the order',
  I4: 'no double charge: one net capture for a confirmed order, none for any other',
  I5: 'money: captured − refunded = totals of the confirmed orders, per currency',
  I6: 'the log: versions of every stream are 1..n without gaps',
  I7: 'convergence: read models and search index equal the streams',
  I8: 'notifications: one per order event and channel, one effect each',
  I9: 'messages: none waits unpublished, none was set aside',
  I10: 'compensation: an order that did not go through keeps no stock and no authorisation',
  I11: 'idempotency: a key of a customer names one order that exists',
} as const;
export type Invariant = keyof typeof invariants;

export interface Violation {
  readonly invariant: Invariant;
  /** The SKU, order, stream or currency. */
  readonly subject: string;
  readonly detail: string;
}

export interface CheckOptions {
  /** True: nothing is in flight, so everything must have ended. False: orders that changed after `before` are left out. */
  readonly settled: boolean;
  readonly before?: Date;
  /** Orders that a client was told are accepted. */
  readonly accepted?: readonly string[];
}

const terminal = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);
const channelsPerEvent = 3;

export function check(facts: Facts, options: CheckOptions): readonly Violation[] {
  const violations: Violation[] = [];
  const report = (invariant: Invariant, subject: string, detail: string) =>
    violations.push({ invariant, subject, detail });
  const judged = facts.orders.filter((order) => options.settled || isOld(order, options.before));
  checkStock(facts, report);
  checkAccepted(facts, options.accepted ?? [], report);
  checkEnds(facts, judged, options.settled, report);
  checkMoney(facts, judged, options.settled, report);
  checkLog(facts, report);
  checkConvergence(facts, judged, options.settled, report);
  checkNotifications(facts, judged, options.settled, report);
  checkMessages(facts, options.settled, report);
  checkKeys(facts, report);
  return violations;
}

type Report = (invariant: Invariant, subject: string, detail: string) => void;

function isOld(order: OrderFact, before: Date | undefined): boolean {
  return terminal.has(order.status) && before !== undefined && order.changedAt < before;
}

function checkStock({ stock }: Facts, report: Report): void {
  for (const { sku, available, restocked, held, committed } of stock) {
    if (available < 0 || held < 0 || committed < 0) {
      report('I1', sku, `available ${available}, held ${held}, committed ${committed}`);
    }
    if (restocked !== available + held + committed) {
      report(
        'I1',
        sku,
        `restocked ${restocked} ≠ available ${available} + held ${held} + committed ${committed}`,
      );
    }
  }
}

function checkAccepted({ orders }: Facts, accepted: readonly string[], report: Report): void {
  const known = new Set(orders.map((order) => order.orderId));
  for (const orderId of accepted) {
    if (!known.has(orderId)) report('I2', orderId, 'was accepted and does not exist');
  }
}

function checkEnds(facts: Facts, judged: readonly OrderFact[], settled: boolean, report: Report): void {
  if (settled) {
    for (const { orderId, status } of facts.orders) {
      if (!terminal.has(status)) report('I3', orderId, `is still ${status}`);
    }
  }
  const orders = new Map(judged.map((order) => [order.orderId, order]));
  for (const { orderId, sku, state } of facts.reservations) {
    const order = orders.get(orderId);
    if (!order) {
      if (settled && (state === 'held' || state === 'committed'))
        report('I3', orderId, `${state} ${sku} without an order`);
      continue;
    }
    if (state === 'held') report('I3', orderId, `${order.status} still holds ${sku}`);
    if (state === 'committed' && order.status !== 'CONFIRMED')
      report('I10', orderId, `${order.status} keeps ${sku}`);
    if (state !== 'committed' && order.status === 'CONFIRMED')
      report('I3', orderId, `CONFIRMED, but ${sku} is ${state}`);
  }
}

interface Account {
  captures: number;
  captured: number;
  refunded: number;
  /** Authorisations neither captured nor cancelled. */
  open: number;
}

function accountOf(entries: readonly LedgerFact[]): Account {
  const sum = (type: LedgerFact['type']) => entries.filter((entry) => entry.type === type);
  const captured = sum('captured');
  const total = (list: readonly LedgerFact[]) => list.reduce((amount, entry) => amount + entry.amount, 0);
  return {
    captures: captured.length,
    captured: total(captured),
    refunded: total(sum('refunded')),
    open: sum('authorised').length - captured.length - sum('canceled').length,
  };
}

const emptyAccount: Account = { captures: 0, captured: 0, refunded: 0, open: 0 };

function checkMoney(facts: Facts, judged: readonly OrderFact[], settled: boolean, report: Report): void {
  const accounts = new Map(
    [...Map.groupBy(facts.ledger, (entry) => entry.orderId)].map(([orderId, entries]) => [
      orderId,
      accountOf(entries),
    ]),
  );
  const known = new Set(facts.orders.map((order) => order.orderId));
  for (const order of judged) {
    const { captures, captured, refunded, open } = accounts.get(order.orderId) ?? emptyAccount;
    if (captures > 1) report('I4', order.orderId, `captured ${captures} times`);
    const due = order.status === 'CONFIRMED' ? order.total : 0;
    if (captured - refunded !== due) {
      report(
        'I4',
        order.orderId,
        `${order.status} over ${due}, but captured ${captured} and refunded ${refunded}`,
      );
    }
    if (open > 0) report('I10', order.orderId, `${order.status}, but an authorisation is still open`);
  }
  if (!settled) return;
  for (const orderId of accounts.keys()) {
    if (!known.has(orderId))
      report('I4', orderId, 'the provider knows a payment for an order that does not exist');
  }
  for (const [currency, balance] of balances(facts)) {
    if (balance !== 0)
      report('I5', currency, `captured − refunded differs from the confirmed totals by ${balance}`);
  }
}

function balances({ ledger, orders }: Facts): Map<string, number> {
  const balance = new Map<string, number>();
  const add = (currency: string, amount: number) =>
    balance.set(currency.toUpperCase(), (balance.get(currency.toUpperCase()) ?? 0) + amount);
  for (const { type, currency, amount } of ledger) {
    if (type === 'captured') add(currency, amount);
    if (type === 'refunded') add(currency, -amount);
  }
  for (const { status, currency, total } of orders) if (status === 'CONFIRMED') add(currency, -total);
  return balance;
}

function checkLog({ brokenStreams }: Facts, report: Report): void {
  for (const { database, streamId, events, lastVersion } of brokenStreams) {
    report('I6', `${database}/${streamId}`, `${events} events, last version ${lastVersion}`);
  }
}

function checkConvergence(
  facts: Facts,
  judged: readonly OrderFact[],
  settled: boolean,
  report: Report,
): void {
  const readModel = new Map(facts.readModel.map((row) => [row.orderId, row]));
  for (const { orderId, status, version } of judged) {
    const row = readModel.get(orderId);
    if (!row) report('I7', orderId, 'is missing in the list');
    else if (row.status !== status || row.version !== version) {
      report('I7', orderId, `stream says ${status} v${version}, list says ${row.status} v${row.version}`);
    }
  }
  if (!settled) return;
  for (const { sku, streamVersion, indexVersion, deleted } of facts.products) {
    if (deleted ? indexVersion !== undefined : indexVersion !== streamVersion) {
      report(
        'I7',
        sku,
        `stream v${streamVersion}${deleted ? ' (deleted)' : ''}, index v${indexVersion ?? 'none'}`,
      );
    }
  }
}

const announcements: Partial<Record<string, string>> = {
  CONFIRMED: 'order-confirmed',
  REJECTED: 'order-rejected',
  CANCELLED: 'order-cancelled',
};

function checkNotifications(
  facts: Facts,
  judged: readonly OrderFact[],
  settled: boolean,
  report: Report,
): void {
  const byOrder = Map.groupBy(facts.notifications, (each) => each.orderId);
  for (const order of judged) {
    const event = order.reason === 'refunded' ? 'order-refunded' : announcements[order.status];
    const told = (byOrder.get(order.orderId) ?? []).filter((each) => each.event === event);
    if (told.length !== channelsPerEvent) {
      report('I8', order.orderId, `${event}: ${told.length} notifications instead of ${channelsPerEvent}`);
    }
  }
  const effects = new Map(
    [...Map.groupBy(facts.delivered, (id) => id)].map(([id, list]) => [id, list.length]),
  );
  for (const { notificationId, status } of facts.notifications) {
    const count = effects.get(notificationId) ?? 0;
    if (count > 1) report('I8', notificationId, `had ${count} effects`);
    if (status === 'sent' && count === 0) report('I8', notificationId, 'is called sent and had no effect');
    if (settled && (status === 'pending' || status === 'sending'))
      report('I8', notificationId, `is still ${status}`);
  }
}

function checkMessages({ backlog }: Facts, settled: boolean, report: Report): void {
  for (const { database, outbox, deadLetters } of backlog) {
    if (settled && outbox > 0) report('I9', database, `${outbox} messages wait in the outbox`);
    if (deadLetters > 0) report('I9', database, `${deadLetters} messages were set aside`);
  }
}

function checkKeys({ idempotencyKeys, orders }: Facts, report: Report): void {
  const known = new Set(orders.map((order) => order.orderId));
  const owners = new Map<string, string>();
  for (const { customerId, key, orderId } of idempotencyKeys) {
    if (!known.has(orderId))
      report('I11', `${customerId}/${key}`, `names order ${orderId}, which does not exist`);
    const other = owners.get(orderId);
    if (other !== undefined) report('I11', orderId, `was made by two keys, ${other} and ${key}`);
    owners.set(orderId, key);
  }
}
