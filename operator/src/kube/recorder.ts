/** Events of a stack, as `kubectl describe` shows them: the same one again counts up, and too many are left out. */
import { createBucketStore, type Clock } from '@ecommercestack/kit';
import { z } from 'zod';
import { GROUP, KIND, VERSION } from '../crd/definition.ts';
import { hash } from '../desired/hash.ts';
import type { StackEvent } from '../reconcile/world.ts';
import { accepted } from './answers.ts';
import type { Send } from './client.ts';
import type { StackRef } from './port.ts';
import { collectionPath, objectPath } from './resources.ts';

export interface RecorderOptions {
  readonly clock: Clock;
  /** The pod. */
  readonly instance: string;
  readonly onLeftOut: (reason: 'too-many' | 'refused', error?: unknown) => void;
}

export type Record = (send: Send, stack: StackRef, event: StackEvent) => Promise<void>;

/** As client-go has it: many at once, few in the long run. */
const LIMITS = { capacity: 25, refillPerSecond: 1 / 300 };
const STACKS = 10_000;
const LONGEST_MESSAGE = 1_024;

const counted = z.looseObject({ count: z.number().optional() });

export function createRecorder({ clock, instance, onLeftOut }: RecorderOptions): Record {
  const buckets = createBucketStore(STACKS);

  const tell: Record = async (send, stack, event) => {
    const { namespace } = stack;
    const message = event.message.slice(0, LONGEST_MESSAGE);
    // The API server is what remembers which events there were.
    const name = `${stack.name}.${hash([stack.uid, event.type, event.reason, message])}`;
    const lastTimestamp = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    const made = await send('POST', collectionPath('v1', 'Event', namespace), {
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, ...stack },
        type: event.type,
        reason: event.reason,
        message,
        count: 1,
        firstTimestamp: lastTimestamp,
        lastTimestamp,
        source: { component: 'ecommercestack-operator' },
        reportingComponent: 'ecommercestack.io/operator',
        reportingInstance: instance,
      },
    });
    if (accepted('an event', made, 409).status !== 409) return;
    const path = objectPath('v1', 'Event', namespace, name);
    const before = accepted('an event', await send('GET', path), 404);
    const { count = 1 } = counted.parse(before.body);
    accepted(
      'an event',
      await send('PATCH', path, {
        contentType: 'application/merge-patch+json',
        body: { count: count + 1, lastTimestamp },
      }),
      404,
    );
  };

  return async (send, stack, event) => {
    if (!buckets.take(stack.uid, clock.now().getTime(), LIMITS).allowed) return onLeftOut('too-many');
    await tell(send, stack, event).catch((error: unknown) => onLeftOut('refused', error));
  };
}
