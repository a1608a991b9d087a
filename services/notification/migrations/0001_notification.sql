-- Up Migration

-- One row per order event and channel, for ever: whatever is delivered or replayed again finds its row and stops.
CREATE TABLE notifications (
  -- <order id>/<event>/<channel>; also the idempotency key towards the channel.
  notification_id text        NOT NULL PRIMARY KEY,
  order_id        uuid        NOT NULL,
  customer_id     text        NOT NULL,
  event           text        NOT NULL,
  channel         text        NOT NULL,
  -- What the text is made of.
  amount          bigint      NOT NULL,
  currency        text        NOT NULL,
  order_reason    text,
  address         text        NOT NULL,
  status          text        NOT NULL CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'suppressed')),
  -- Counted when an attempt begins; tells attempts of one notification apart.
  attempts        integer     NOT NULL DEFAULT 0,
  -- Why the last attempt failed, or why nothing was sent.
  reason          text,
  -- When pending: not before. When sending: whoever began it is given up for lost.
  due_at          timestamptz,
  created_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  UNIQUE (order_id, event, channel),
  CHECK ((status IN ('pending', 'sending')) = (due_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX notifications_due ON notifications (channel, due_at) WHERE status IN ('pending', 'sending');
CREATE INDEX notifications_newest ON notifications (customer_id, created_at DESC, notification_id DESC);

CREATE TABLE preferences (
  customer_id text    NOT NULL,
  channel     text    NOT NULL,
  enabled     boolean NOT NULL,
  -- NULL: the address that follows from the customer's id.
  address     text,
  PRIMARY KEY (customer_id, channel)
);

-- The development mailbox: what would have left the house.
CREATE TABLE mailbox (
  message_id  text        NOT NULL PRIMARY KEY,
  order_id    uuid        NOT NULL,
  customer_id text        NOT NULL,
  channel     text        NOT NULL,
  recipient   text        NOT NULL,
  subject     text        NOT NULL,
  body        text        NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX mailbox_newest ON mailbox (customer_id, received_at DESC, message_id DESC);
CREATE INDEX mailbox_order ON mailbox (order_id);

-- Down Migration

DROP TABLE mailbox, preferences, notifications;
