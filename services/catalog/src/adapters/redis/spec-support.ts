/** Connections to the Redis of a spec, each with keys and a channel that no other spec has. */
import { randomUUID } from 'node:crypto';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { createRedis } from './client.ts';
import type { Redis } from './client.ts';

export function uniqueNames() {
  const id = randomUUID();
  return { prefix: `spec:${id}:`, channel: `spec:${id}` };
}

export async function connect(url: string): Promise<Redis> {
  const redis = createRedis(url, 'spec', memoryLogger('redis'));
  await redis.connect();
  return redis;
}
