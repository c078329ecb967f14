-- Better to fail than to hold up everybody who waits behind us for a lock.
SET LOCAL lock_timeout = '5s';

SELECT to_regclass('refunds') IS NULL AS missing \gset
\if :missing
CREATE TABLE refunds (
  order_id int NOT NULL REFERENCES orders,
  cents int NOT NULL CHECK (cents > 0),
  made_at timestamptz NOT NULL DEFAULT now()
);
-- The role that made it ends with its task, and the table goes to the owner of the others. So say who else works with it.
GRANT SELECT, INSERT ON refunds TO shop_app;
\endif
