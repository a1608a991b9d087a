-- Up Migration

-- Which order each idempotency key of a customer has led to; kept for a day.
CREATE TABLE idempotency_keys (
  customer_id  text        NOT NULL,
  key          text        NOT NULL,
  request_hash bytea       NOT NULL,
  order_id     uuid        NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (customer_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Personal data, beside the events, so that it can be forgotten.
CREATE TABLE shipping_addresses (
  order_id uuid  NOT NULL PRIMARY KEY,
  address  jsonb NOT NULL
);

-- Rows live until the payment has answered: a lost authorisation request can be sent again until then.
CREATE TABLE payment_tokens (
  order_id uuid NOT NULL PRIMARY KEY,
  token    text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Projection of the order streams, for lists; rebuilt from the events at any time.
CREATE TABLE orders (
  order_id     uuid        NOT NULL PRIMARY KEY,
  customer_id  text        NOT NULL,
  status       text        NOT NULL,
  reason       text,
  total_amount bigint      NOT NULL,
  currency     text        NOT NULL,
  version      integer     NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX orders_newest ON orders (created_at DESC, order_id DESC);
CREATE INDEX orders_of_customer ON orders (customer_id, created_at DESC, order_id DESC);
CREATE INDEX orders_of_status ON orders (status, created_at DESC, order_id DESC);

-- Down Migration

DROP TABLE orders, payment_tokens, shipping_addresses, idempotency_keys;
