-- Searching the log. A task's entries have their index since 0001; a search by environment or scope reads backwards from the newest.
-- These are of the log alone, which movers write in batches: nobody who waits for an answer pays for them.

CREATE INDEX audit_log_type ON audit_log ((record::json ->> 'type'), index);
CREATE INDEX audit_log_actor ON audit_log ((record::json -> 'actor' ->> 'id'), index);
-- Where a time begins: entries come nearly in the order of their times.
CREATE INDEX audit_log_moved ON audit_log USING brin (moved_at);
