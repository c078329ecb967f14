-- The audit log (docs/audit.md). Writers insert into audit_pending, in the statement of the change itself. Movers number
-- what has been committed and append it to audit_log under the row lock of audit_head, which carries the Merkle tree.

-- Only what a checkpoint covers is tamper-evident: a row edited here is not caught. Whatever passes these checks can be
-- appended below, so that no row can stop the movers.
CREATE TABLE audit_pending (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record text NOT NULL CHECK (octet_length(record) <= 65536),
  leaf bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_pending_task CHECK (octet_length(record::json ->> 'task') <= 64),
  CONSTRAINT audit_pending_leaf CHECK (leaf = sha256('\x00'::bytea || convert_to(record, 'UTF8')))
);

CREATE TABLE audit_log (
  index bigint PRIMARY KEY CHECK (index >= 0),
  record text NOT NULL,
  leaf bytea NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_log_leaf CHECK (leaf = sha256('\x00'::bytea || convert_to(record, 'UTF8')))
);

CREATE INDEX audit_log_task ON audit_log ((record::json ->> 'task'), index) WHERE (record::json ->> 'task') IS NOT NULL;

-- Roots of full subtrees of 256^level leaves (level 1, 2, …): with at most 256 hashes of each level any proof can be made.
CREATE TABLE audit_nodes (
  level smallint NOT NULL CHECK (level > 0),
  index bigint NOT NULL CHECK (index >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, index)
);

-- One row. frontier: the roots of the full subtrees that the tree of this size consists of, largest first, 32 bytes each.
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size bigint NOT NULL CHECK (size >= 0),
  frontier bytea NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_head_frontier CHECK (octet_length(frontier) = 32 * bit_count(size::bit(64)))
);
INSERT INTO audit_head (size, frontier) VALUES (0, '');

CREATE TABLE audit_checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL CHECK (octet_length(note) <= 65536),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- These keep our own code honest. Against someone who owns the tables only the tree and outside checkpoints help.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.frontier <> OLD.frontier) THEN
    RAISE EXCEPTION 'audit_head only grows' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_nodes
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER moved_only BEFORE UPDATE OR TRUNCATE ON audit_pending
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER one_row BEFORE DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER only_grows BEFORE UPDATE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_only_grows();

-- Replication roles skip ordinary triggers; these they may not skip.
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_nodes ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_pending ENABLE ALWAYS TRIGGER moved_only;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER one_row;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER only_grows;
