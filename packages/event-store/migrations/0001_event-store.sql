-- Up Migration

-- Immutable facts. transaction_id orders commits (see read-events.ts); version is gapless within a stream.
CREATE TABLE events (
  stream_id       text        NOT NULL,
  version         integer     NOT NULL CHECK (version > 0),
  global_position bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  transaction_id  xid8        NOT NULL DEFAULT pg_current_xact_id(),
  -- Made by the writer and unique by that. No index says so: nothing looks events up by it.
  event_id        uuid        NOT NULL,
  type            text        NOT NULL,
  schema_version  integer     NOT NULL,
  data            jsonb       NOT NULL,
  metadata        jsonb       NOT NULL,
  occurred_at     timestamptz NOT NULL,
  CONSTRAINT events_pkey PRIMARY KEY (stream_id, version)
);
CREATE INDEX events_log_order ON events (transaction_id, global_position);

-- Which message each consumer has already handled.
CREATE TABLE inbox (
  consumer    text        NOT NULL,
  message_id  text        NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, message_id)
);
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- Messages not yet known to be published. Column names are those of Debezium's event router.
CREATE TABLE outbox (
  seq           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id            uuid        NOT NULL,
  aggregatetype text        NOT NULL,
  aggregateid   text        NOT NULL,
  type          text        NOT NULL,
  payload       jsonb       NOT NULL,
  traceparent   text,
  created_at    timestamptz NOT NULL,
  owner         text,
  leased_until  timestamptz,
  attempts      integer     NOT NULL DEFAULT 0
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 5000
);
CREATE INDEX outbox_key_order ON outbox (aggregateid, seq);

CREATE TABLE timers (
  stream_id    text        NOT NULL,
  name         text        NOT NULL,
  due_at       timestamptz NOT NULL,
  payload      jsonb       NOT NULL,
  traceparent  text,
  leased_until timestamptz,
  attempts     integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (stream_id, name)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX timers_due_at ON timers (due_at);

-- The checkpoint of each projection: everything up to and including this place of the log is applied.
CREATE TABLE projections (
  name            text        NOT NULL PRIMARY KEY,
  transaction_id  xid8        NOT NULL,
  global_position bigint      NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE dead_letters (
  id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer   text        NOT NULL,
  topic      text        NOT NULL,
  message_id text        NOT NULL,
  message    jsonb       NOT NULL,
  reason     text        NOT NULL,
  attempts   integer     NOT NULL,
  first_at   timestamptz NOT NULL,
  last_at    timestamptz NOT NULL,
  status     text        NOT NULL CHECK (status IN ('open', 'replayed')),
  UNIQUE (consumer, message_id)
);

-- Down Migration

DROP TABLE dead_letters, projections, timers, outbox, inbox, events;
