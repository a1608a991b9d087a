-- Up Migration

-- What each customer or guest means to buy, until it expires. No prices: they are the catalog's.
CREATE TABLE carts (
  owner      text        NOT NULL PRIMARY KEY,
  cart       jsonb       NOT NULL,
  etag       uuid        NOT NULL DEFAULT gen_random_uuid(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX carts_expiry ON carts (expires_at);

-- Down Migration

DROP TABLE carts;
