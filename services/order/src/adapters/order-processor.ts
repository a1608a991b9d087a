/** Runs the process manager over batches of messages: one transaction each, whatever kinds of message it holds. */
import {
  createProcessor,
  type EventStore,
  type Processor,
  type ProcessorHooks,
  type Recorded,
  type Transaction,
} from '@ecommercestack/event-store';
import type { PoolClient } from 'pg';
import type { OrderCommand, Policy } from '../domain/decide.ts';
import { fold, initialState } from '../domain/evolve.ts';
import type { OrderEvent } from '../domain/events.ts';
import { streamOf, type OrderState } from '../domain/order.ts';
import { react, type Reaction } from '../domain/process-manager.ts';
import type { KnownKey, OrderMessage, OrderResult } from '../ports.ts';
import { announcementMessage, commandMessage } from './outgoing.ts';
import {
  findKeys,
  findTokens,
  nameOf,
  writeSideTables,
  type CustomerKey,
  type NewPlacement,
} from './side-tables.ts';
import { createTokenMemory } from './token-memory.ts';

const TIMER = 'saga';

export interface OrderProcessorOptions {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly hooks?: ProcessorHooks;
}

export function createOrderProcessor(options: OrderProcessorOptions): Processor<OrderMessage, OrderResult> {
  const { store, policy, hooks } = options;
  const tokens = createTokenMemory();
  return createProcessor<OrderMessage, OrderResult, Known>({
    store,
    consumer: 'order',
    streams: (message) => {
      const key = customerKey(message);
      const stream = streamOf(orderIdIn(message.command));
      // Two placements with one key must not both find it unused: the key is locked like a stream.
      return key === undefined ? [stream] : [stream, `idempotency-${nameOf(key)}`];
    },
    preload: ({ command }) => (command.kind === 'place' ? [] : [streamOf(command.orderId)]),
    prefetch: fetchKnown,
    memory: {
      recall(messages) {
        const known = tokens.find(messages.flatMap(askingOrder));
        // A key that has been used fails the insert.
        return known && { fetched: { keys: new Map(), tokens: known } };
      },
      forget: () => tokens.forget(),
    },
    handle: async (tx, messages, known) => {
      const batch = await handleBatch(tx, messages, known, policy);
      tx.afterCommit(() => tokens.keep(batch.tokens, batch.settled));
      return batch.results;
    },
    ...(hooks && { hooks }),
  });
}

/** What the messages of a batch have led to so far; a later message sees the effects of the earlier ones. */
interface Batch {
  readonly tx: Transaction;
  readonly policy: Policy;
  readonly states: Map<string, OrderState>;
  readonly keys: Map<string, KnownKey>;
  /** Of orders that still wait for their payment. */
  readonly tokens: Map<string, string>;
  readonly placements: NewPlacement[];
  /** Orders whose payment can no longer be asked for. */
  readonly settled: string[];
  readonly outgoing: { readonly message: OrderMessage; readonly reaction: Reaction }[];
}

interface Known {
  readonly keys: Map<string, KnownKey>;
  readonly tokens: Map<string, string>;
}

async function fetchKnown(client: PoolClient, messages: readonly OrderMessage[]): Promise<Known> {
  const [keys, tokens] = await Promise.all([
    findKeys(
      client,
      messages.flatMap((message) => customerKey(message) ?? []),
    ),
    findTokens(client, messages.flatMap(askingOrder)),
  ]);
  return { keys, tokens };
}

async function handleBatch(
  tx: Transaction,
  messages: readonly OrderMessage[],
  known: Known,
  policy: Policy,
): Promise<Batch & { readonly results: readonly OrderResult[] }> {
  // What is being placed has no stream yet; one that has fails the append.
  const orderIds = messages.flatMap(({ command }) => (command.kind === 'place' ? [] : [command.orderId]));
  const placedBefore = [...known.keys.values()].map(({ orderId }) => orderId);
  const states = await loadStates(tx, [...orderIds, ...placedBefore]);
  const batch: Batch = { tx, policy, states, ...known, placements: [], settled: [], outgoing: [] };
  const results = messages.map((message) => tx.within(message, () => handleOne(batch, message)));
  publish(batch);
  tx.defer((client) => writeSideTables(client, batch));
  return { ...batch, results };
}

function handleOne(batch: Batch, message: OrderMessage): OrderResult {
  const key = customerKey(message);
  const known = key && batch.keys.get(nameOf(key));
  if (known !== undefined) return repeated(batch, message, known);
  const { tx, policy } = batch;
  const orderId = orderIdIn(message.command);
  const before = batch.states.get(orderId) ?? initialState;
  const reaction = react(message.command, before, policy);
  if (reaction.refused !== undefined) return { kind: 'refused', code: reaction.refused };
  const order = append(tx, message, before, reaction.events);
  batch.states.set(orderId, order);
  setTimer(tx, orderId, reaction);
  registerPlacement(batch, message, key);
  if (awaitsPayment(before) && !awaitsPayment(order)) batch.settled.push(orderId);
  if (reaction.commands.length > 0 || reaction.announcements.length > 0)
    batch.outgoing.push({ message, reaction });
  const changed = reaction.events.length > 0;
  const resent = !changed && reaction.commands.length > 0;
  return { kind: 'done', from: before.status, order, changed, replayed: false, resent };
}

function repeated(batch: Batch, { placement }: OrderMessage, known: KnownKey): OrderResult {
  if (placement?.idempotency?.requestHash.equals(known.requestHash) !== true) {
    return { kind: 'refused', code: 'idempotency-key-reused' };
  }
  const order = batch.states.get(known.orderId) ?? initialState;
  return { kind: 'done', from: order.status, order, changed: false, replayed: true, resent: false };
}

function append(
  tx: Transaction,
  { command, actor, messageId }: OrderMessage,
  before: OrderState,
  events: readonly OrderEvent[],
): OrderState {
  if (events.length === 0) return before;
  const streamId = streamOf(orderIdIn(command));
  const metadata = { actor, ...(messageId !== undefined && { causationId: messageId }) };
  const recorded =
    before.status === 'NONE'
      ? tx.create(streamId, events, metadata)
      : tx.append(streamId, before.version, events, metadata);
  return fold(recorded as readonly Recorded<OrderEvent>[], before);
}

function setTimer(tx: Transaction, orderId: string, { timer }: Reaction): void {
  const key = { streamId: streamOf(orderId), name: TIMER };
  if (timer.kind === 'cancel') tx.cancelTimer(key);
  if (timer.kind === 'set') tx.setTimer({ ...key, dueAt: timer.dueAt, payload: { attempt: timer.attempt } });
}

function registerPlacement(
  batch: Batch,
  { command, placement }: OrderMessage,
  key: CustomerKey | undefined,
): void {
  if (command.kind !== 'place' || placement === undefined) return;
  const { orderId, customerId } = command.terms;
  batch.placements.push({ ...placement, orderId, customerId, at: command.at });
  batch.tokens.set(orderId, placement.token);
  if (key !== undefined && placement.idempotency !== undefined) {
    batch.keys.set(nameOf(key), { orderId, requestHash: placement.idempotency.requestHash });
  }
}

/** Commands leave before announcements: the saga does not wait for those who only listen. */
function publish({ tx, outgoing, tokens }: Batch): void {
  for (const { message, reaction } of outgoing) {
    tx.within(message, () => {
      tx.publish(reaction.commands.map((command) => commandMessage(command, tokens)));
      tx.publish(reaction.announcements.map(announcementMessage));
    });
  }
}

async function loadStates(tx: Transaction, orderIds: readonly string[]): Promise<Map<string, OrderState>> {
  const ids = [...new Set(orderIds)];
  const streams = await tx.load(ids.map(streamOf));
  // Only this processor writes the streams of orders, so that what is loaded are its events.
  const events = (id: string) => (streams.get(streamOf(id)) ?? []) as readonly Recorded<OrderEvent>[];
  return new Map(ids.map((id) => [id, fold(events(id))]));
}

function awaitsPayment({ status }: OrderState): boolean {
  return status === 'PENDING' || status === 'RESERVED';
}

/** The order, where it may lead to the request of a payment: the reservation, and a timer that repeats the request. */
function askingOrder({ command }: OrderMessage): readonly string[] {
  if (command.kind === 'tick') return [command.orderId];
  return command.kind === 'reply' && command.reply.type === 'stock-reserved' ? [command.orderId] : [];
}

function orderIdIn(command: OrderCommand): string {
  return command.kind === 'place' ? command.terms.orderId : command.orderId;
}

function customerKey({ command, placement }: OrderMessage): CustomerKey | undefined {
  if (command.kind !== 'place' || placement?.idempotency === undefined) return undefined;
  return { customerId: command.terms.customerId, key: placement.idempotency.key };
}
