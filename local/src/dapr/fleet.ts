/** The instances of the services: as many as the resource asks for, at any time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ecommercestack/kit';
import type { Instance } from './instances.ts';
import type { Member } from './member.ts';

export interface Fleet {
  members(): readonly Member[];
  /** Starts what is missing. When one cannot be started, those that were started with it are stopped again. */
  grow(wanted: readonly Instance[]): Promise<void>;
  /** Stops what is not wanted: it is called no more, finishes, then ends. */
  shrink(wanted: readonly Instance[]): Promise<void>;
  /** The gateway first, so that what it still has to answer can be asked for. */
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly start: (instance: Instance) => Promise<Member>;
  readonly logger: Logger;
  readonly onChange: () => void;
  /** How long a call that found it before may take to arrive. Default 3,000: a busy machine is slow. */
  readonly settleMs?: number;
}

export function createFleet({ start, logger, onChange, settleMs = 3_000 }: FleetOptions): Fleet {
  const members = new Map<string, Member>();

  async function stopAll(leaving: readonly Member[]): Promise<void> {
    await Promise.all(leaving.map((member) => member.stop()));
    for (const { instance } of leaving) members.delete(instance.name);
  }

  return {
    members: () => [...members.values()],
    grow: async (wanted) => {
      const missing = wanted.filter(({ name }) => !members.has(name));
      if (missing.length === 0) return;
      const results = await Promise.allSettled(missing.map(start));
      const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) {
        await stopAll(started);
        throw failed.reason;
      }
      for (const member of started) members.set(member.instance.name, member);
      logger.info({ instances: missing.map(({ name }) => name) }, 'instances started');
      onChange();
    },
    shrink: async (wanted) => {
      const names = new Set(wanted.map(({ name }) => name));
      const leaving = [...members.values()].filter(({ instance }) => !names.has(instance.name));
      if (leaving.length === 0) return;
      for (const member of leaving) member.withdraw();
      await pause(settleMs);
      await stopAll(leaving);
      logger.info({ instances: leaving.map(({ instance }) => instance.name) }, 'instances stopped');
      onChange();
    },
    stop: async () => {
      const all = [...members.values()];
      const isGateway = ({ instance }: Member) => instance.service === 'gateway';
      await stopAll(all.filter(isGateway));
      await stopAll(all.filter((member) => !isGateway(member)));
    },
  };
}
