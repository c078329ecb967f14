-- When an agent last used a scope (adapters/postgres/last-uses.ts): intents of mints and calls, the newest of each scope first.
CREATE INDEX audit_log_last_uses ON audit_log
  ((record::json -> 'actor' ->> 'id'), (record::json ->> 'scope') DESC, index DESC)
  WHERE record::json ->> 'type' IN ('lease.minted', 'gateway.called') AND record::json ->> 'phase' = 'intent' AND record::json ->> 'scope' IS NOT NULL
    AND record::json -> 'facts' ->> 'operation' IS DISTINCT FROM 'resolve';
