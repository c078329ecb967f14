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

-- An older row of ours put back carries our MAC as well, so an approval only goes on: nothing that is over comes back, and no request
-- is made unused. As in 0001, this keeps out whoever may write rows, not whoever owns the tables.
CREATE FUNCTION approvals_only_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    RAISE EXCEPTION 'approvals are kept: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state NOT IN ('pending', 'approved') OR (OLD.state = 'approved' AND NEW.body ->> 'state' = 'pending') OR EXISTS (
    SELECT FROM jsonb_array_elements(coalesce(OLD.body -> 'subject' -> 'requests', '[]')) WITH ORDINALITY AS was (request, at)
    WHERE was.request ->> 'usedAt' IS DISTINCT FROM NEW.body -> 'subject' -> 'requests' -> (was.at - 1)::int ->> 'usedAt'
      AND was.request ->> 'usedAt' IS NOT NULL)
  THEN
    RAISE EXCEPTION 'an approval only goes on' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_go_on BEFORE UPDATE OF body, mac ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_only_go_on();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION approvals_only_go_on();
ALTER TABLE approvals ENABLE ALWAYS TRIGGER only_go_on;
ALTER TABLE approvals ENABLE ALWAYS TRIGGER kept;
