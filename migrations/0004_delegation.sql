-- Child tasks (I9). Who handed a task on, the outermost first: [{"task": "tsk_…", "actor": "agent:planner"}, …]; empty
-- for a task that an agent started itself. The MAC of every grant covers it, and what is generated from it follows it,
-- so that changing it by hand takes the authority away (I13).
ALTER TABLE tasks
  ADD COLUMN lineage   jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(lineage) = 'array'),
  -- Which of its agent's workers acts; a claim of whoever handed the task on.
  ADD COLUMN sub_agent text,
  ADD COLUMN parent    text GENERATED ALWAYS AS (lineage -> -1 ->> 'task') STORED,
  ADD COLUMN depth     int  GENERATED ALWAYS AS (jsonb_array_length(lineage)) STORED CHECK (depth <= 4);

-- I2, I9: a child whose environment differs from its parent's cannot be stored.
ALTER TABLE tasks ADD CONSTRAINT child_environment_is_its_parents
  FOREIGN KEY (parent, environment) REFERENCES tasks (id, environment);

CREATE INDEX tasks_by_parent ON tasks (parent) WHERE parent IS NOT NULL;
