-- The client of a task says that its command is in a sandbox. A claim, as `scan` is: no MAC covers it.
ALTER TABLE tasks ADD COLUMN sandbox boolean NOT NULL DEFAULT false;

-- Who told of it last: `agent:NAME` or `user:NAME`. Null where that was before it was kept.
ALTER TABLE leaked_roots ADD COLUMN last_by text;

-- Reports of found secrets that nobody has looked at yet: keyed digests, and no value. The MAC says that a report is ours.
CREATE TABLE leak_reports (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body    jsonb       NOT NULL,
  mac     text        NOT NULL,
  look_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
