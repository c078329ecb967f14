-- As in 0008, what people come for when something went wrong: all about one lease, and about one scope. Some 35 MB each for a million entries.
CREATE INDEX audit_log_lease ON audit_log ((split_part(split_part(record, '"lease":"', 2), '"', 1) COLLATE "C"), index);
CREATE INDEX audit_log_scope ON audit_log ((split_part(split_part(record, '"scope":"', 2), '"', 1) COLLATE "C"), index);
