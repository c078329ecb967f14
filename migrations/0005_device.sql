-- Logins that wait for a person (RFC 8628). As in 0002, what confers authority is one document with an HMAC (I13): a row
-- that somebody approved by hand is worth nothing. The codes themselves are not stored.

CREATE TABLE device_requests (
  body       jsonb NOT NULL,
  mac        text  NOT NULL,
  digest     text  GENERATED ALWAYS AS (body ->> 'digest') STORED PRIMARY KEY,
  user_code  text  GENERATED ALWAYS AS (body ->> 'userCode') STORED NOT NULL UNIQUE,
  ends_at    timestamptz NOT NULL,
  -- How often the machine may ask, and when it last did.
  interval   int NOT NULL,
  polled_at  timestamptz
);

-- Wrong user codes by person, so that a session is no place to guess them from.
CREATE TABLE device_guesses (
  user_name text PRIMARY KEY REFERENCES users (name) ON DELETE CASCADE,
  since     timestamptz NOT NULL,
  count     int NOT NULL
);
