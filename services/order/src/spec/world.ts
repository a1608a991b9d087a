/** One order among model services, on a network that repeats, reorders and loses what it carries. */
import type { Recorded } from '@ecommercestack/event-store';
import type { OrderCommand } from '../domain/decide.ts';
import { fold, initialState } from '../domain/evolve.ts';
import type { OrderEvent } from '../domain/events.ts';
import { isTerminal, type OrderState } from '../domain/order.ts';
import { react } from '../domain/process-manager.ts';
import { undoCommands, type Reply, type SagaCommandType } from '../domain/transitions.ts';
import { inventoryModel, paymentModel, type Provider } from './models.ts';
import { orderId, policy, start, terms } from './scenario.ts';

export type Action =
  | { readonly kind: 'deliver' | 'repeat' | 'lose'; readonly which: number }
  | { readonly kind: 'cancel' | 'refund' | 'tick' | 'expire' | 'settle' };

type Packet = { readonly command: SagaCommandType } | { readonly reply: Reply };

export interface World {
  readonly log: readonly Recorded<OrderEvent>[];
  readonly announced: readonly string[];
  readonly state: () => OrderState;
  readonly hold: () => string | undefined;
  readonly charge: () => string | undefined;
  readonly hasTimer: () => boolean;
  act(action: Action): void;
  /** The network heals: everything arrives, timers fire, the provider answers. False if the order does not end. */
  settle(): boolean;
}

export function createWorld(inStock: boolean, provider: Provider): World {
  const log: Recorded<OrderEvent>[] = [];
  const announced: string[] = [];
  const network: Packet[] = [];
  const inventory = inventoryModel(() => inStock);
  const payment = paymentModel(() => provider);
  let state: OrderState = initialState;
  let now = start;
  let timer: { readonly dueAt: Date; readonly attempt: number } | undefined;

  const handle = (command: OrderCommand) => {
    const reaction = react(command, state, policy);
    for (const event of reaction.events) log.push(recorded(event, log.length + 1, now));
    state = fold(log);
    for (const { type } of reaction.commands) {
      assertUndoRegistered(type, state);
      network.push({ command: type });
    }
    announced.push(...reaction.announcements.map(({ type }) => type));
    if (reaction.timer.kind === 'set') timer = reaction.timer;
    if (reaction.timer.kind === 'cancel') timer = undefined;
  };
  const reply = (answer: Reply | undefined) => answer && network.push({ reply: answer });
  const deliver = (packet: Packet) => {
    if ('reply' in packet) return handle({ kind: 'reply', orderId, reply: packet.reply, at: now });
    reply(inventory.handle(packet.command, orderId));
    reply(payment.handle(packet.command, orderId));
  };
  const tick = () => {
    if (timer === undefined) return;
    const { attempt, dueAt } = timer;
    now = dueAt > now ? dueAt : now;
    handle({ kind: 'tick', orderId, attempt, at: now });
  };
  const act = (action: Action) => {
    switch (action.kind) {
      case 'deliver':
      case 'repeat':
      case 'lose': {
        const index = action.which % Math.max(1, network.length);
        const packet = network[index];
        if (action.kind !== 'repeat') network.splice(index, 1);
        if (packet !== undefined && action.kind !== 'lose') deliver(packet);
        return;
      }
      case 'cancel':
      case 'refund':
        return handle({ kind: action.kind, orderId, at: now });
      case 'tick':
        return tick();
      case 'expire':
        return void reply(inventory.expire(orderId));
      case 'settle':
        return void reply(payment.settle(orderId));
    }
  };
  handle({ kind: 'place', terms, at: now });
  return {
    log,
    announced,
    state: () => state,
    hold: () => inventory.holds.get(orderId),
    charge: () => payment.charges.get(orderId),
    hasTimer: () => timer !== undefined,
    act,
    settle: () => {
      for (let round = 0; round < 40; round += 1) {
        while (network.length > 0) act({ kind: 'deliver', which: 0 });
        if (isTerminal(state.status)) return true;
        reply(payment.settle(orderId));
        if (network.length === 0) tick();
      }
      return false;
    },
  };
}

/** A step may leave only once the undo that would take it back is part of the state. */
function assertUndoRegistered(type: SagaCommandType, state: OrderState): void {
  if (state.status === 'NONE') throw new Error(`${type} was sent without an order`);
  if (type === undoCommands.payment || type === undoCommands.stock) return;
  const needed = type.endsWith('payment') ? 'payment' : 'stock';
  const probe = react({ kind: 'cancel', orderId, at: start }, state, policy);
  // CAPTURING refuses a cancellation; there a failed capture shows what is registered.
  const failed: Reply = { type: 'payment-capture-failed', data: { orderId, reason: '' } };
  const undoing =
    probe.refused === undefined
      ? probe
      : react({ kind: 'reply', orderId, reply: failed, at: start }, state, policy);
  if (!undoing.commands.some((command) => command.type === undoCommands[needed])) {
    throw new Error(`${type} left ${state.status} before its undo was registered`);
  }
}

function recorded(event: OrderEvent, version: number, occurredAt: Date): Recorded<OrderEvent> {
  return { ...event, eventId: `${version}`, streamId: `order-${orderId}`, version, occurredAt, metadata: {} };
}
