-- What finds a secret that lies where it should not: whose it is, and who looked.

-- What the client of a task says it did about stray secrets in its workspace; null where it said nothing. A claim: no MAC covers it.
ALTER TABLE tasks ADD COLUMN scan text CHECK (scan IN ('clean', 'allowed', 'off'));

-- Keyed digests of the parts of a credential that are secret by themselves, so that a part that is found leads to it. They say
-- nothing without the key, and confer nothing. Of roots null until they are first looked for.
ALTER TABLE leases ADD COLUMN fingerprints text[];
CREATE INDEX leases_by_fingerprint ON leases USING gin (fingerprints);
ALTER TABLE root_secrets ADD COLUMN fingerprints text[];
CREATE INDEX root_secrets_by_fingerprint ON root_secrets USING gin (fingerprints);
CREATE INDEX root_secrets_unread ON root_secrets (root, version) WHERE fingerprints IS NULL;

-- Roots whose credential somebody found, by the version of it: once it is rotated, the row is about one that is dead.
CREATE TABLE leaked_roots (
  root     text   NOT NULL REFERENCES roots (name),
  version  int    NOT NULL,
  first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  reports  bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (root, version)
);
