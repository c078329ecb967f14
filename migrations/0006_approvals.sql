-- Questions to people and their answers (I4). As in 0002, what confers authority is one document with an HMAC over it (I13), and
-- what is looked up by is generated from the document.

CREATE TABLE approvals (
  body        jsonb NOT NULL,
  mac         text  NOT NULL,
  id          text  GENERATED ALWAYS AS (body ->> 'id') STORED PRIMARY KEY,
  state       text  GENERATED ALWAYS AS (body ->> 'state') STORED NOT NULL
              CHECK (state IN ('pending', 'approved', 'denied', 'used', 'expired', 'cancelled')),
  kind        text  GENERATED ALWAYS AS (body -> 'subject' ->> 'kind') STORED NOT NULL
              CHECK (kind IN ('call', 'scope', 'config')),
  requester   text  GENERATED ALWAYS AS (body ->> 'requester') STORED NOT NULL,
  environment text  GENERATED ALWAYS AS (body ->> 'environment') STORED NOT NULL,
  task        text  GENERATED ALWAYS AS (body -> 'work' ->> 'task') STORED REFERENCES tasks (id),
  agent       text  GENERATED ALWAYS AS (body -> 'work' ->> 'agent') STORED,
  asked_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX approvals_open ON approvals (id) WHERE state IN ('pending', 'approved');
CREATE INDEX approvals_by_task ON approvals (task) WHERE task IS NOT NULL;
CREATE INDEX approvals_by_requester ON approvals (requester, asked_at);

-- Whether anybody could approve is a part of what is decided by. A use of a passkey moves its counter and nothing else.
CREATE TRIGGER passkeys_bump_version AFTER INSERT OR DELETE OR TRUNCATE ON passkeys
  FOR EACH STATEMENT EXECUTE FUNCTION bump_config_version();

-- The question that a grant waits for, or was approved by; under the grant's MAC where it is set.
ALTER TABLE grants ADD COLUMN approval text;
CREATE INDEX leases_by_grant ON leases (grant_id);
