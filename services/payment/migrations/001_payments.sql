-- Up Migration

-- What can be asked about payments; written in the transaction that appends the events.
CREATE TABLE payments (
  order_id uuid PRIMARY KEY,
  customer_id text NOT NULL,
  status text NOT NULL,
  -- Integer minor units.
  amount bigint NOT NULL CHECK (amount >= 0),
  currency text NOT NULL,
  provider_id text,
  reason text,
  -- The last call may or may not have had its effect.
  in_doubt boolean NOT NULL,
  -- Since when the provider is being waited for; null while nothing is awaited.
  pending_since timestamptz,
  updated_at timestamptz NOT NULL
);

CREATE INDEX payments_pending ON payments (pending_since) WHERE pending_since IS NOT NULL;

-- Tokens are needed until the provider has answered. They are kept apart from the events, which can never
-- be deleted, and are gone once the authorisation is decided.
CREATE TABLE payment_tokens (
  order_id uuid PRIMARY KEY,
  token text NOT NULL
);

-- Down Migration

DROP TABLE payment_tokens;
DROP TABLE payments;
