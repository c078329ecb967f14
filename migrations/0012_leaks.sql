-- What finds a secret that lies where it should not: whose it is, and who looked.

-- What the client of a task says it did about stray secrets in its workspace; null where it said nothing. A claim: no MAC covers it.
ALTER TABLE tasks ADD COLUMN scan text CHECK (scan IN ('clean', 'allowed', 'off'));

-- Keyed digests of the parts of a minted credential that are secret by themselves, so that a found one leads to its lease.
ALTER TABLE leases ADD COLUMN fingerprints text[];
CREATE INDEX leases_by_fingerprint ON leases USING gin (fingerprints) WHERE fingerprints IS NOT NULL;

-- Roots whose credential somebody reported as found, by the version of it. Rotating leaves the row behind, about a version that is dead.
CREATE TABLE leaked_roots (
  root     text   NOT NULL REFERENCES roots (name),
  version  int    NOT NULL,
  first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  reports  bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (root, version)
);
