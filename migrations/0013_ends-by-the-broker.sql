-- Null: the vendor never ends it, and there is no time by which it is dead without the broker.
ALTER TABLE leases ALTER COLUMN dead_by DROP NOT NULL;
