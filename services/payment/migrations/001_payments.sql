-- Up Migration

-- Tokens are needed until the provider has answered. They are kept apart from the events, which can never
-- be deleted, and are gone once the authorisation is decided.
CREATE TABLE payment_tokens (
  order_id uuid PRIMARY KEY,
  token text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Down Migration

DROP TABLE payment_tokens;
