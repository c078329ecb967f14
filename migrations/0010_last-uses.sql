-- When an agent last used a scope (adapters/postgres/last-uses.ts): intents of mints and calls, the newest of each scope first. As in
-- 0008, from the text of canonical records: no quote inside a text is without a backslash before it, and the entry's own scope is the last one.
CREATE INDEX audit_log_last_uses ON audit_log
  ((split_part(split_part(record, '"actor":{"id":"', 2), '"', 1) COLLATE "C"),
   (split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C") DESC, index DESC)
  WHERE record LIKE '%"phase":"intent"%' AND record LIKE '%"scope":"%' AND record NOT LIKE '%"operation":"resolve"%'
    AND (record LIKE '%"type":"lease.minted"%' OR record LIKE '%"type":"gateway.called"%');
