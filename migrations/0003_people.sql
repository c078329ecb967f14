-- People: passkeys, recovery codes, sessions, and whom single sign-on vouches for (docs/identity.md).
--
-- As in 0002, what confers authority is one document with an HMAC (I13). A user who is removed takes all of it along, so
-- that whoever is given the name later inherits nothing.

CREATE TABLE passkeys (
  body       jsonb NOT NULL,
  mac        text  NOT NULL,
  id         text  GENERATED ALWAYS AS (body ->> 'id') STORED PRIMARY KEY,
  user_name  text  GENERATED ALWAYS AS (body ->> 'user') STORED NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  credential text  GENERATED ALWAYS AS (body ->> 'credential') STORED NOT NULL UNIQUE,
  -- For people to see; nothing is decided by it.
  used_at    timestamptz
);
CREATE INDEX passkeys_by_user ON passkeys (user_name);

CREATE TABLE recovery_codes (
  body      jsonb NOT NULL,
  mac       text  NOT NULL,
  digest    text  GENERATED ALWAYS AS (body ->> 'digest') STORED PRIMARY KEY,
  user_name text  GENERATED ALWAYS AS (body ->> 'user') STORED NOT NULL REFERENCES users (name) ON DELETE CASCADE
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_name);

CREATE TABLE sessions (
  body      jsonb NOT NULL,
  mac       text  NOT NULL,
  digest    text  GENERATED ALWAYS AS (body ->> 'digest') STORED PRIMARY KEY,
  id        text  GENERATED ALWAYS AS (body ->> 'id') STORED NOT NULL UNIQUE,
  user_name text  GENERATED ALWAYS AS (body ->> 'user') STORED NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  -- Removing a passkey ends the sessions that it began.
  passkey   text  GENERATED ALWAYS AS (body ->> 'passkey') STORED REFERENCES passkeys (id) ON DELETE CASCADE,
  ends_at   timestamptz NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_name);
CREATE INDEX sessions_by_passkey ON sessions (passkey);

CREATE TABLE sso_links (
  body      jsonb NOT NULL,
  mac       text  NOT NULL,
  issuer    text  GENERATED ALWAYS AS (body ->> 'issuer') STORED,
  subject   text  GENERATED ALWAYS AS (body ->> 'subject') STORED,
  user_name text  GENERATED ALWAYS AS (body ->> 'user') STORED NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
);
-- Nobody becomes a user whom somebody else is already.
CREATE UNIQUE INDEX one_sso_link_per_user ON sso_links (user_name);

-- I11: whoever is disabled is signed out in the same statement, and stays so when enabled again.
CREATE FUNCTION end_sessions_of_disabled_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sessions WHERE user_name = NEW.name;
  RETURN NULL;
END $$;
CREATE TRIGGER a_disabled_user_has_no_session AFTER UPDATE ON users
  FOR EACH ROW WHEN (NEW.body ->> 'disabled' IS DISTINCT FROM 'false') EXECUTE FUNCTION end_sessions_of_disabled_users();
