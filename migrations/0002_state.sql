-- Everything the broker knows, besides the audit log (0001).
--
-- Rows that confer authority are kept as one document (`body`) and an HMAC over its canonical JSON (`mac`, I13).
-- Their key columns are generated from the document, so that a key can never say something the MAC does not cover,
-- and foreign keys between them hold the environment (I2).

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE deployment (
  singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id         text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- What proves the right key at boot and holds the sealed deployment secret; see docs/storage.md.
  key_state  jsonb NOT NULL,
  -- The timeline of the PostgreSQL that was last served; another one means a fail-over or a restore.
  timeline   bigint
);

-- Every change to what is configured raises the version. A use compares it with the version its snapshot was read at.
CREATE TABLE config_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version   bigint NOT NULL DEFAULT 1
);
INSERT INTO config_head DEFAULT VALUES;

CREATE TABLE environments (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

CREATE TABLE anchors (
  body        jsonb NOT NULL,
  mac         text  NOT NULL,
  vendor      text  GENERATED ALWAYS AS (body ->> 'vendor') STORED,
  id          text  GENERATED ALWAYS AS (body ->> 'id') STORED,
  environment text  GENERATED ALWAYS AS (body ->> 'environment') STORED REFERENCES environments (name),
  shared      boolean GENERATED ALWAYS AS ((body ->> 'shared')::boolean) STORED,
  PRIMARY KEY (vendor, id, environment)
);
CREATE UNIQUE INDEX anchors_belong_to_one_environment ON anchors (vendor, id) WHERE NOT shared;

CREATE TABLE users (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

CREATE TABLE teams (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

-- Platforms whose word about their workloads counts.
CREATE TABLE issuers (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

CREATE TABLE agents (
  body  jsonb NOT NULL,
  mac   text  NOT NULL,
  name  text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY,
  owner text  GENERATED ALWAYS AS (body ->> 'owner') STORED NOT NULL REFERENCES users (name)
);

CREATE TABLE roots (
  body  jsonb NOT NULL,
  mac   text  NOT NULL,
  name  text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY,
  owner text  GENERATED ALWAYS AS (body ->> 'owner') STORED NOT NULL REFERENCES users (name)
);

-- Where a root may be used: what the vendor said it reaches, in terms of anchors.
CREATE TABLE root_environments (
  body        jsonb NOT NULL,
  mac         text  NOT NULL,
  root        text  GENERATED ALWAYS AS (body ->> 'root') STORED REFERENCES roots (name),
  environment text  GENERATED ALWAYS AS (body ->> 'environment') STORED REFERENCES environments (name),
  PRIMARY KEY (root, environment)
);

-- The sealed credentials. Nothing but the keyring reads `sealed`; there is no way to read one back through the API (I1).
CREATE TABLE root_secrets (
  root         text   NOT NULL REFERENCES roots (name),
  version      int    NOT NULL,
  -- What it is sealed for: its root may be another provider's by now.
  provider     text   NOT NULL,
  sealed       text   NOT NULL,
  -- `retiring`: replaced by a rotation, while the vendor may still take it. That row is the job of ending it there.
  state        text   NOT NULL CHECK (state IN ('next', 'current', 'retiring', 'retired')),
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at       timestamptz,
  attempts     int NOT NULL DEFAULT 0,
  locked_until timestamptz,
  last_error   text,
  PRIMARY KEY (root, version),
  CHECK (state <> 'retiring' OR due_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_current_secret_per_root ON root_secrets (root) WHERE state = 'current';
CREATE UNIQUE INDEX one_next_secret_per_root ON root_secrets (root) WHERE state = 'next';
CREATE INDEX root_secrets_retiring ON root_secrets (due_at) WHERE state = 'retiring';

-- What is done at a vendor again and again under one announcement (I6; docs/audit.md says when the next one is due).
CREATE TABLE open_intents (
  work   text PRIMARY KEY,
  -- Null: answered; the next time is announced anew.
  intent text,
  since  timestamptz NOT NULL,
  answer text
);

CREATE TABLE scopes (
  body        jsonb NOT NULL,
  mac         text  NOT NULL,
  name        text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY,
  root        text  GENERATED ALWAYS AS (body ->> 'root') STORED NOT NULL,
  environment text  GENERATED ALWAYS AS (body ->> 'environment') STORED NOT NULL,
  UNIQUE (name, environment),
  -- I2: a scope whose environment differs from its root's anchors cannot be stored.
  CONSTRAINT scope_environment_is_its_roots FOREIGN KEY (root, environment) REFERENCES root_environments (root, environment)
);

CREATE TABLE policies (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

-- What has to be noticed when a row is missing: the digest of all policies, and what is frozen.
CREATE TABLE controls (
  body jsonb NOT NULL,
  mac  text  NOT NULL,
  name text  GENERATED ALWAYS AS (body ->> 'name') STORED PRIMARY KEY
);

CREATE FUNCTION bump_config_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE config_head SET version = version + 1;
  PERFORM pg_notify('credbroker', 'config');
  RETURN NULL;
END $$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['environments', 'anchors', 'users', 'teams', 'issuers', 'agents', 'roots', 'root_environments', 'scopes', 'policies', 'controls'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION bump_config_version()', t || '_bump_version', t);
  END LOOP;
END $$;

-- The public halves of enrolled keys, of agents and users.
CREATE TABLE client_keys (
  body      jsonb NOT NULL,
  mac       text  NOT NULL,
  jkt       text  GENERATED ALWAYS AS (body ->> 'jkt') STORED PRIMARY KEY,
  principal text  GENERATED ALWAYS AS (body ->> 'principal') STORED NOT NULL
);
CREATE INDEX client_keys_by_principal ON client_keys (principal);

CREATE TABLE enrolments (
  digest     text PRIMARY KEY,
  principal  text NOT NULL,
  invited_by text NOT NULL,
  ends_at    timestamptz NOT NULL,
  used_at    timestamptz,
  used_by    text,
  mac        text NOT NULL
);

CREATE TABLE signing_keys (
  kid         text PRIMARY KEY,
  purpose     text NOT NULL,
  record      jsonb NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Proofs and assertions are single use across replicas (RFC 9449 §11.1); rows live as long as the window they close.
CREATE TABLE proofs (
  digest  bytea PRIMARY KEY,
  ends_at timestamptz NOT NULL
);
CREATE INDEX proofs_by_end ON proofs (ends_at);

CREATE TABLE idempotency_keys (
  principal    text NOT NULL,
  key          text NOT NULL,
  request_hash text NOT NULL,
  task_id      text NOT NULL,
  ends_at      timestamptz NOT NULL,
  PRIMARY KEY (principal, key)
);

CREATE TABLE tasks (
  id                text PRIMARY KEY,
  agent             text NOT NULL REFERENCES agents (name),
  owner             text NOT NULL,
  environment       text NOT NULL,
  purpose           text NOT NULL,
  ticket            text,
  jkt               text NOT NULL,
  state             text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
  end_reason        text CHECK (end_reason IN ('done', 'expired', 'revoked', 'frozen')),
  started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  ends_at           timestamptz NOT NULL,
  ended_at          timestamptz,
  heartbeat_seconds int,
  heartbeat_due     timestamptz,
  UNIQUE (id, environment),
  CHECK ((state = 'ended') = (end_reason IS NOT NULL AND ended_at IS NOT NULL)),
  CHECK (ends_at <= started_at + interval '8 hours 1 minute')
);
-- Not `state = 'active'`: as long as the planner believes the table empty it would take this index for every statement
-- that says so, and read all living tasks to find one.
CREATE INDEX tasks_due ON tasks (least(ends_at, heartbeat_due)) WHERE ended_at IS NULL;
CREATE INDEX tasks_by_agent ON tasks (agent, id);

CREATE TABLE grants (
  id          text PRIMARY KEY,
  task_id     text NOT NULL,
  environment text NOT NULL,
  scope       text NOT NULL,
  access      text[] NOT NULL,
  state       text NOT NULL CHECK (state IN ('pending', 'active', 'denied', 'ended')),
  end_reason  text CHECK (end_reason IN ('done', 'expired', 'revoked', 'frozen')),
  ends_at     timestamptz NOT NULL,
  ended_at    timestamptz,
  policies    text[] NOT NULL DEFAULT '{}',
  -- What it was decided on: what stands on other ground by now is ended. It gives nothing, so no MAC covers it.
  ground      text NOT NULL DEFAULT '',
  -- Over everything above that confers authority, the task's agent and key included. Emptied when the grant ends.
  mac         text NOT NULL,
  UNIQUE (id, environment),
  UNIQUE (task_id, scope),
  -- I2: a grant whose environment differs from its task's, or from its scope's, cannot be stored.
  CONSTRAINT grant_environment_is_its_tasks FOREIGN KEY (task_id, environment) REFERENCES tasks (id, environment),
  CONSTRAINT grant_environment_is_its_scopes FOREIGN KEY (scope, environment) REFERENCES scopes (name, environment),
  CHECK ((state = 'ended') = (end_reason IS NOT NULL AND ended_at IS NOT NULL))
);

CREATE INDEX grants_pending ON grants (task_id) WHERE state = 'pending';

-- I5: who holds more than `read` over which side of a recovery group, until a day after the grant ends. A holder is
-- an agent, or (for `delete`) an owner. The exclusion constraint alone deadlocks under concurrency: the statements
-- that insert here take an advisory lock per holder and group first.
CREATE TABLE side_holds (
  grant_id       text NOT NULL REFERENCES grants (id),
  holder         text NOT NULL,
  environment    text NOT NULL,
  recovery_group text NOT NULL,
  side           text NOT NULL CHECK (side IN ('primary', 'backup')),
  during         tstzrange NOT NULL,
  PRIMARY KEY (grant_id, holder),
  CONSTRAINT nobody_holds_both_sides EXCLUDE USING gist (holder WITH =, recovery_group WITH =, side WITH <>, during WITH &&)
);

CREATE TABLE leases (
  id              text PRIMARY KEY,
  grant_id        text NOT NULL,
  task_id         text NOT NULL,
  environment     text NOT NULL,
  agent           text NOT NULL,
  scope           text NOT NULL,
  root            text NOT NULL,
  provider        text NOT NULL,
  -- The vendor-side name, durable before the vendor is called (I7).
  name            text NOT NULL UNIQUE,
  spec            jsonb NOT NULL,
  state           text NOT NULL CHECK (state IN ('reserved', 'active', 'revoking', 'ended')),
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  mint_deadline   timestamptz NOT NULL,
  -- Until then the vendor may still create what a lost mint asked for: the sweeper looks again.
  settle_until    timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  dead_by         timestamptz NOT NULL,
  ended_at        timestamptz,
  handle          text,
  credential_hash text,
  credential_dead boolean NOT NULL DEFAULT false,
  sessions_dead   boolean NOT NULL DEFAULT false,
  -- The lease row is the job: when it needs attention next, how often it was tried, and who is at it now.
  due_at          timestamptz NOT NULL,
  attempts        int NOT NULL DEFAULT 0,
  locked_until    timestamptz,
  last_error      text,
  -- The audit intent under which it is being revoked, until that is answered (I6).
  intent          text,
  announced_at    timestamptz,
  CONSTRAINT lease_environment_is_its_grants FOREIGN KEY (grant_id, environment) REFERENCES grants (id, environment),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX leases_due ON leases (due_at) WHERE state <> 'ended';
CREATE INDEX leases_by_task ON leases (task_id);
CREATE INDEX leases_by_agent ON leases (agent) WHERE state <> 'ended';
CREATE INDEX leases_by_root ON leases (root) WHERE state <> 'ended';
