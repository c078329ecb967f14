-- Searching the log. A task's entries have their index since 0001; what is not indexed here is found by reading backwards from the newest.
-- These are of the log alone, which movers write in batches: nobody who waits for an answer pays for them.

-- Records are canonical JSON: members in the order of their names, and no quote inside a text without a backslash before it. So the actor's
-- name follows the first `"actor":{"id":"`, and the type the last `"type":"`. An environment of the facts may be taken for the entry's own:
-- whoever searches looks again. To take them out of the text costs a sixth of parsing it.
CREATE INDEX audit_log_type ON audit_log ((split_part(split_part(record, '"type":"', -1), '"', 1) COLLATE "C"), index);
CREATE INDEX audit_log_actor ON audit_log ((split_part(split_part(record, '"actor":{"id":"', 2), '"', 1) COLLATE "C"), index);
CREATE INDEX audit_log_environment ON audit_log ((split_part(split_part(record, '"environment":"', 2), '"', 1) COLLATE "C"), index);
