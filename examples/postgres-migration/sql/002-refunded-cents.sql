SELECT NOT EXISTS (SELECT FROM information_schema.columns
  WHERE table_name = 'orders' AND column_name = 'refunded_cents') AS missing \gset
\if :missing
ALTER TABLE orders ADD COLUMN refunded_cents int;
UPDATE orders SET refunded_cents = CASE state WHEN 'refunded' THEN cents ELSE 0 END;
ALTER TABLE orders ALTER COLUMN refunded_cents SET NOT NULL, ALTER COLUMN refunded_cents SET DEFAULT 0;
\endif
