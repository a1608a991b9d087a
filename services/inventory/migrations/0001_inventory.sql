-- Up Migration

-- One row per SKU. The last line of defence against overselling: no commit can break these checks.
CREATE TABLE stock (
  sku       text    NOT NULL PRIMARY KEY,
  available bigint  NOT NULL CHECK (available >= 0),
  held      bigint  NOT NULL CHECK (held >= 0),
  committed bigint  NOT NULL CHECK (committed >= 0),
  restocked bigint  NOT NULL,
  -- Version of the stream stock-<sku>: grows with every change of `available`.
  version   integer NOT NULL CHECK (version > 0),
  CONSTRAINT stock_conserved CHECK (restocked = available + held + committed)
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0
);

-- One row per line of an order; all rows of an order share their state.
CREATE TABLE reservations (
  order_id    uuid        NOT NULL,
  sku         text        NOT NULL,
  quantity    integer     NOT NULL CHECK (quantity > 0),
  state       text        NOT NULL CHECK (state IN ('held', 'committed', 'released', 'expired', 'refused')),
  -- Of reservations that were made.
  expires_at  timestamptz,
  -- Why a refused order did not get this line; NULL where it could have had it.
  refused_for text CHECK (refused_for IN ('out-of-stock', 'unknown-product')),
  PRIMARY KEY (order_id, sku),
  CHECK (state NOT IN ('held', 'committed') OR expires_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX reservations_held_expiry ON reservations (expires_at) WHERE state = 'held';

-- Who added stock, and which request that was.
CREATE TABLE restocks (
  actor           text        NOT NULL,
  idempotency_key text        NOT NULL,
  sku             text        NOT NULL,
  quantity        integer     NOT NULL CHECK (quantity > 0),
  restocked_at    timestamptz NOT NULL,
  PRIMARY KEY (actor, idempotency_key)
);

-- Down Migration

DROP TABLE restocks, reservations, stock;
