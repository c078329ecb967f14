-- Who is told of questions to people and their answers (docs/notifications.md). What is due follows from the state of an approval
-- and from what was told last; nothing of it confers anything.

ALTER TABLE approvals
  ADD COLUMN told          text CHECK (told IN ('asked', 'answered', 'over')),
  ADD COLUMN tell_at       timestamptz,
  ADD COLUMN tell_attempts integer NOT NULL DEFAULT 0;
CREATE INDEX approvals_by_age ON approvals (asked_at);
