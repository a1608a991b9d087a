/** The shell around a service's event store: its pool, tables, outbox, inbox and dead letters, with their figures. */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  createEventStore,
  createRelay,
  deadLetters,
  migrate,
  migrateEventStore,
  purgeInbox,
  readDepth,
} from '@ecommercestack/event-store';
import type {
  DeadLetters,
  EventStore,
  OutboxDepth,
  ProcessorHooks,
  Relay,
  RelayOptions,
  Upcasters,
} from '@ecommercestack/event-store';
import type { Pool } from 'pg';
import { z } from 'zod';
import { durationMs, postgresUrl, wholeNumber } from './config.ts';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { Clock, Message, Publisher, ReadinessCheck } from './ports.ts';
import { checkPool, createPool, poolConfig } from './postgres.ts';
import { createRepeated } from './repeat.ts';
import { createSequence, whileRunning } from './sequence.ts';
import type { Sequence } from './sequence.ts';

const HOUR_MS = 3_600_000;

/** Spread into a service's configuration schema. */
export const storageConfig = {
  DATABASE_URL: postgresUrl,
  ...poolConfig,
  /**
   * Names this process towards the outbox: unique among the living ones of a service, the same after a restart. Default:
   * the host, which in a container is the pod or the container. Replicas on one host need names of their own.
   */
  INSTANCE_ID: z.string().min(1).max(100).prefault(hostname()),
  /** How long handled messages are remembered; longer than the broker may redeliver. */
  INBOX_RETENTION: durationMs.prefault('14d'),
  /** Messages per publish call. 1 suits a bus in the same process, where a call ends with its slowest handler. */
  RELAY_BATCH: wholeNumber.pipe(z.int().min(1).max(1_000)).prefault('1'),
};

const storageSchema = z.object(storageConfig);
export type StorageConfig = z.output<typeof storageSchema>;

/** The tables that a service has beside those of the event store. */
export interface Tables {
  readonly appId: string;
  /** Folder of `<number>_<name>.sql` files. */
  readonly migrations: URL;
}

export interface StorageOptions extends Tables {
  readonly config: StorageConfig;
  /** Where the outbox goes; absent where the service says nothing. */
  readonly publisher?: Publisher;
  readonly upcasters?: Upcasters;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface ServiceStorage extends Sequence {
  readonly pool: Pool;
  readonly store: EventStore;
  /** For processors: their batches and conflicts go into the metrics. */
  readonly hooks: ProcessorHooks;
  readonly deadLetters: DeadLetters<Message>;
  readonly readiness: readonly ReadinessCheck[];
  outboxDepth(): Promise<OutboxDepth>;
}

/** Opens nothing yet but a lazy pool: `start` migrates and begins to publish; `stop` also ends the pool. */
export function openStorage(options: StorageOptions): ServiceStorage {
  const { appId, config, publisher, upcasters = {}, logger, metrics, clock } = options;
  const connectionString = config.DATABASE_URL;
  const pool = createPool({ ...config, connectionString }, { logger, metrics, name: appId });
  const store = createEventStore({
    pool,
    upcasters,
    owner: `${appId}:${config.INSTANCE_ID}`,
    now: () => clock.now(),
    onError: (error) => logger.warn({ error }, 'background work failed and will be tried again'),
  });
  const outboxDepth = () => readDepth(pool, clock.now());
  const running = createSequence([
    { stop: () => pool.end() },
    { start: () => migrateTables(options, connectionString) },
    ...(publisher === undefined ? [] : [relayTo(publisher, store, options)]),
    whileRunning(() => metrics.onCollect(async () => showDepth(await outboxDepth(), metrics))),
    createRepeated({
      // By the system's clock, as the inbox is written by the server's.
      work: (stopping) => purgeInbox(store, new Date(Date.now() - config.INBOX_RETENTION), stopping),
      pauseMs: HOUR_MS,
      onError: (error) => logger.warn({ error }, 'the inbox could not be purged'),
    }),
  ]);
  return {
    pool,
    store,
    hooks: hooksInto(metrics),
    deadLetters: deadLetters<Message>(store),
    readiness: [{ name: `${appId}-database`, check: () => checkPool(pool) }],
    outboxDepth,
    ...running,
  };
}

/** Creates or upgrades all tables of a service; safe from several processes at once. */
export async function migrateTables({ appId, migrations }: Tables, connectionString: string): Promise<void> {
  await migrateEventStore(connectionString);
  await migrate({
    connectionString,
    dir: fileURLToPath(migrations),
    migrationsTable: `${appId}_migrations`,
  });
}

function relayTo(publisher: Publisher, store: EventStore, { appId, config }: StorageOptions): Relay {
  return createRelay({ store, publish: publishTo(publisher, appId), maxBatch: config.RELAY_BATCH });
}

function publishTo(publisher: Publisher, source: string): RelayOptions['publish'] {
  return async (records) => {
    const messages = records.map(({ payload, createdAt, traceparent, ...record }): Message => ({
      ...record,
      source,
      time: createdAt.toISOString(),
      data: payload,
      ...(traceparent !== undefined && { traceparent }),
    }));
    const outcomes = await publisher.publish(messages);
    return outcomes.map((outcome) => (outcome.ok ? 'published' : outcome.error));
  };
}

function showDepth({ pending, oldestAgeSeconds }: OutboxDepth, { kit }: Metrics): void {
  kit.outboxPending.set({}, pending);
  kit.outboxOldestAge.set({}, oldestAgeSeconds);
}

function hooksInto({ kit }: Metrics): ProcessorHooks {
  return {
    onBatch: ({ consumer, size, seconds }) => {
      kit.batchSize.observe({ consumer }, size);
      kit.appendDuration.observe({}, seconds);
    },
    onConflict: () => kit.appendConflicts.inc({}),
  };
}
