-- Up Migration

-- What operators need to find, mend and replay dead letters. `original` is the message as it came, once somebody has
-- edited it; `version` counts the changes; `pattern` is the reason without what differs from letter to letter.
ALTER TABLE dead_letters
  ADD COLUMN type     text    NOT NULL GENERATED ALWAYS AS (coalesce(message ->> 'type', '')) STORED,
  ADD COLUMN pattern  text,
  ADD COLUMN original jsonb,
  ADD COLUMN version  integer NOT NULL DEFAULT 1,
  DROP CONSTRAINT dead_letters_status_check,
  ADD CONSTRAINT dead_letters_status_check CHECK (status IN ('open', 'replayed', 'discarded'));
UPDATE dead_letters SET pattern = reason;
ALTER TABLE dead_letters ALTER COLUMN pattern SET NOT NULL;
CREATE INDEX dead_letters_newest ON dead_letters (first_at DESC, id DESC);
CREATE INDEX dead_letters_open ON dead_letters (id) WHERE status = 'open';

-- Who did what to which letter, and what came of it. Never changed afterwards.
CREATE TABLE dead_letter_actions (
  id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  letter_id bigint      REFERENCES dead_letters,
  job_id    text,
  action    text        NOT NULL,
  actor     text        NOT NULL,
  outcome   text        NOT NULL,
  detail    text,
  at        timestamptz NOT NULL
);
CREATE INDEX dead_letter_actions_letter ON dead_letter_actions (letter_id, id);
CREATE INDEX dead_letter_actions_newest ON dead_letter_actions (at DESC, id DESC);

-- Replays of many letters. `up_to` is the last letter that was there at the start, so that each job ends.
CREATE TABLE dead_letter_jobs (
  id           text        NOT NULL PRIMARY KEY,
  filter       jsonb       NOT NULL,
  limits       jsonb       NOT NULL,
  up_to        bigint      NOT NULL,
  actor        text        NOT NULL,
  status       text        NOT NULL CHECK (status IN ('running', 'done', 'stopped')),
  progress     jsonb       NOT NULL,
  stop_reason  text,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  owner        text,
  leased_until timestamptz
);
CREATE INDEX dead_letter_jobs_running ON dead_letter_jobs (created_at) WHERE status = 'running';

-- Down Migration

DROP TABLE dead_letter_jobs, dead_letter_actions;
DROP INDEX dead_letters_newest, dead_letters_open;
ALTER TABLE dead_letters
  DROP COLUMN type, DROP COLUMN pattern, DROP COLUMN original, DROP COLUMN version,
  DROP CONSTRAINT dead_letters_status_check;
UPDATE dead_letters SET status = 'replayed' WHERE status = 'discarded';
ALTER TABLE dead_letters ADD CONSTRAINT dead_letters_status_check CHECK (status IN ('open', 'replayed'));
