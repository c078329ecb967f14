-- When a scope was last used, by whomever: as 0010.
CREATE INDEX audit_log_last_use_of_scope ON audit_log
  ((split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C"), index DESC)
  WHERE record LIKE '%"phase":"intent"%' AND record LIKE '%"scope":"%' AND record NOT LIKE '%"operation":"resolve"%'
    AND (record LIKE '%"type":"lease.minted"%' OR record LIKE '%"type":"gateway.called"%');
