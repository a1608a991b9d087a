-- Up Migration

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- The write side: the last state of each product, written in the transaction that appends its event.
CREATE TABLE products (
  sku      text    COLLATE "C" NOT NULL PRIMARY KEY,
  version  integer NOT NULL CHECK (version > 0),
  -- NULL once withdrawn.
  document jsonb
);

-- Case and accents make no difference to a search. unaccent() is only STABLE because its rules file could
-- change; where it does, rebuild the index.
CREATE FUNCTION catalog_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(public.unaccent('public.unaccent'::regdictionary, value) COLLATE "und-x-icu");

-- Stemmed words find other forms of a word; plain ones can be found by their beginning, while it is typed.
CREATE FUNCTION catalog_search_vector(document jsonb) RETURNS tsvector
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN
    setweight(to_tsvector('english', catalog_fold(document ->> 'name')), 'A')
    || setweight(to_tsvector('simple', catalog_fold(document ->> 'name')), 'A')
    || setweight(to_tsvector('english', catalog_fold(
         (document ->> 'brand') || ' ' || (document ->> 'category') || ' ' || (document ->> 'tags'))), 'B')
    || setweight(to_tsvector('simple', catalog_fold(
         (document ->> 'brand') || ' ' || (document ->> 'tags') || ' ' || (document ->> 'sku'))), 'B')
    || setweight(to_tsvector('english', catalog_fold(document ->> 'attributes')), 'C')
    || setweight(to_tsvector('english', catalog_fold(document ->> 'description')), 'D');

-- The read side. One generation is searched; a second one exists while the index is rebuilt.
CREATE TABLE search_generations (
  generation integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state      text NOT NULL UNIQUE CHECK (state IN ('current', 'building'))
);
INSERT INTO search_generations (state) VALUES ('current');

CREATE TABLE search_documents (
  generation   integer NOT NULL,
  sku          text    COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  -- NULL once withdrawn: the row stays, so that a late event is recognised by its version.
  document     jsonb,
  -- Unix time in milliseconds.
  created_ms   bigint,
  category     text    GENERATED ALWAYS AS (document ->> 'category') STORED,
  brand        text    GENERATED ALWAYS AS (document ->> 'brand') STORED,
  price_amount bigint  GENERATED ALWAYS AS ((document -> 'price' ->> 'amount')::bigint) STORED,
  -- Cut so that a cursor stays short; the SKU breaks ties.
  sort_name    text    COLLATE "C" GENERATED ALWAYS AS (left(catalog_fold(document ->> 'name'), 60)) STORED,
  search       tsvector GENERATED ALWAYS AS (catalog_search_vector(document)) STORED,
  PRIMARY KEY (generation, sku)
);
CREATE INDEX search_documents_text ON search_documents USING gin (search);
CREATE INDEX search_documents_newest ON search_documents (generation, created_ms, sku) WHERE document IS NOT NULL;
CREATE INDEX search_documents_price ON search_documents (generation, price_amount, sku) WHERE document IS NOT NULL;
CREATE INDEX search_documents_name ON search_documents (generation, sort_name, sku) WHERE document IS NOT NULL;
CREATE INDEX search_documents_category ON search_documents (generation, category, created_ms, sku) WHERE document IS NOT NULL;
-- Facets of everything are counted from this index alone, without reading the documents.
CREATE INDEX search_documents_facets ON search_documents (generation, sku, category, brand, price_amount) WHERE document IS NOT NULL;
CREATE INDEX search_documents_brand ON search_documents (generation, brand, created_ms, sku) WHERE document IS NOT NULL;

-- Stock changes far more often than products do: a table of its own keeps the documents unwritten.
CREATE TABLE stock_levels (
  sku       text    COLLATE "C" NOT NULL PRIMARY KEY,
  available integer NOT NULL CHECK (available >= 0),
  version   integer NOT NULL
) WITH (fillfactor = 70);

-- Down Migration

DROP TABLE stock_levels, search_documents, search_generations, products;
DROP FUNCTION catalog_search_vector, catalog_fold;
