import type { ErrorRow } from './row.ts'

/** What was decided. */
export const DECISION_ERRORS = {
  denied: {
    status: 403,
    title: 'Denied by policy',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Read `reason`; `broker policy explain` says which policy decided.',
  },
  approval_required: {
    status: 403,
    title: 'A person has to approve this',
    retryable: true,
    oauth: 'access_denied',
    todo: 'Open the approval link; the agent cannot approve.',
  },
  environment_mismatch: {
    status: 403,
    title: 'The scope belongs to another environment',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Start a task in the environment of the scope, and check how that is spelt.',
  },
  not_granted: {
    status: 403,
    title: 'This task holds no active grant for the scope',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Ask for it: `broker task request`.',
  },
  task_ended: {
    status: 403,
    title: 'The task has ended',
    retryable: false,
    oauth: 'invalid_grant',
    todo: 'Start a new task.',
  },
  frozen: {
    status: 403,
    title: 'Frozen by an operator',
    retryable: true,
    oauth: 'access_denied',
    todo: 'Wait for an operator to run `broker unfreeze`.',
  },
  both_sides: {
    status: 403,
    title: 'One agent may not hold primary and backup of the same data',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Use another agent, of another owner, for the other side.',
  },
  protected_without_approver: {
    status: 403,
    title: 'Protected environments need an approver first',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Register an approver’s passkey before using a protected environment.',
  },
  exceeds_parent: {
    status: 403,
    title: 'A child task gets no more than its parent has',
    retryable: false,
    oauth: 'invalid_scope',
    todo: 'Ask for less: `broker task show` says what the parent task holds.',
  },
  too_many: {
    status: 429,
    title: 'This agent holds as many of these as it may at once',
    retryable: true,
    oauth: 'temporarily_unavailable',
    todo: 'End what is not needed any more, or wait for it to end; the detail names the limit.',
  },
  tampered: {
    status: 403,
    title: 'A stored row does not carry our seal',
    retryable: false,
    oauth: 'access_denied',
    todo: 'Treat it as an intrusion: `broker doctor` names the rows; apply the configuration again.',
  },
} as const satisfies Record<string, ErrorRow>
