-- Up Migration

-- How far the filling of a generation has come, so that a rebuild that was cut off can go on.
ALTER TABLE search_generations
  ADD COLUMN scanned_to text COLLATE "C",
  ADD COLUMN products integer NOT NULL DEFAULT 0;

-- Down Migration

ALTER TABLE search_generations DROP COLUMN scanned_to, DROP COLUMN products;
