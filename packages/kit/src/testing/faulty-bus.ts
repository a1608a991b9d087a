import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Delivery, Message, Subscription } from '../ports.ts';
import { seededRandom } from './random.ts';

export interface Faults {
  /** Chance that a message is handled twice in a row, as after a lost acknowledgement. Default 0.2. */
  readonly duplicate?: number;
  /** Chance that an older message of any key comes again, after younger ones. Default 0.1. */
  readonly replay?: number;
  /** Chance that a delivery waits, so that messages of other keys overtake it. Default 0.2. */
  readonly delay?: number;
  /** Longest delay. Default 5. */
  readonly delayMs?: number;
  /** Chance that handling a message fails, before or after its effect, so that the bus tries again. Default 0. */
  readonly failure?: number;
}

const REMEMBERED = 200;
/** A message fails at most so often, since more would make the bus give it up. */
const FAILURES_PER_MESSAGE = 2;

/** A bus that does everything an at-least-once bus may do to its consumers, the same for the same seed. */
export function faultyBus(bus: Bus, seed: number, faults: Faults = {}): Bus {
  const { duplicate = 0.2, replay = 0.1, delay = 0.2, delayMs = 5, failure = 0 } = faults;
  const random = seededRandom(seed);
  const happens = (chance: number) => random() < chance;

  const subscribe = (subscription: Subscription): (() => void) => {
    const past: Message[] = [];
    const failures = new Map<string, number>();
    const fails = (message: Message): boolean => {
      const before = failures.get(message.id) ?? 0;
      if (before >= FAILURES_PER_MESSAGE || !happens(failure)) return false;
      failures.set(message.id, before + 1);
      return true;
    };
    const handle = async (message: Message): Promise<Delivery> => {
      if (happens(delay)) await wait(random() * delayMs);
      if (fails(message)) throw new Error('a fault: nothing was handled');
      if (happens(duplicate)) await subscription.handle(message);
      const delivery = await subscription.handle(message);
      const old = happens(replay) ? past[Math.floor(random() * past.length)] : undefined;
      if (old !== undefined) await subscription.handle(old);
      if (delivery.kind === 'ack') past.push(message);
      if (past.length > REMEMBERED) past.shift();
      if (fails(message)) throw new Error('a fault: the acknowledgement was lost');
      return delivery;
    };
    return bus.subscribe({ ...subscription, handle });
  };
  return { ...bus, subscribe };
}
