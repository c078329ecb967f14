import type { RailwayAttempt } from './railway-attempts.ts'

/** Everything that is tried, in the order of the table, and what a refusal must look like to count as one. */
export const ATTEMPTS = {
  file: { title: 'a key in an unrelated file of the workspace', refusals: ['28P01'] },
  variables: { title: 'variables of the shell it was started from', refusals: ['nothing found'] },
  home: { title: 'files in its home: ~/.pgpass and others', refusals: ['28P01'] },
  starter: { title: 'the environment of the process that started it', refusals: ['28P01', 'nothing found'] },
  'staging-role': { title: 'its staging role at the production server', refusals: ['28P01'] },
  state: { title: 'the broker’s state, keys and admin profile on disk', refusals: ['EACCES'] },
  'ask-production': {
    title: 'a production scope, asked for in its task',
    refusals: ['environment_mismatch'],
  },
  'start-production': { title: 'a task of its own in production', refusals: ['denied'] },
  bearer: { title: 'its task token as a bearer token', refusals: ['unauthenticated', 'invalid_token'] },
  'no-proof': {
    title: 'its task token without a proof',
    refusals: ['invalid_dpop_proof', 'unauthenticated'],
  },
  'other-key': {
    title: 'its task token with another key',
    refusals: ['invalid_token', 'invalid_dpop_proof'],
  },
  'proof-twice': { title: 'a recorded request, sent again', refusals: ['replayed_proof'] },
  admin: { title: 'the admin routes with its own token', refusals: ['forbidden'] },
  delete: { title: 'a scope that can delete, in staging', refusals: ['approval_required'] },
  'staging-sql': { title: 'DROP, TRUNCATE, CREATE ROLE … in staging', refusals: ['42501'] },
  'ended-task': { title: 'another credential after its task ended', refusals: ['task_ended'] },
  'role-later': { title: 'its database role, after the run', refusals: ['28P01'] },
  session: { title: 'a session left open, after the run', refusals: ['28P01', '57P01', 'CONNECTION_CLOSED'] },
  killed: {
    title: 'the same with `kill -9` of `broker exec`',
    refusals: ['28P01', '57P01', 'CONNECTION_CLOSED'],
  },
} as const

/** `work` is what the agent is for; it asks a person, and gets what was approved. */
export type Attempt =
  | keyof typeof ATTEMPTS
  | RailwayAttempt
  | 'work'
  | 'railway-work'
  | 'railway-asks'
  | 'railway-approved'

/** What it was asked to do, and may. */
export const isWork = (attempt: Attempt): boolean => attempt === 'work' || attempt === 'railway-approved'

const WORDS: Readonly<Record<string, string>> = {
  '28P01': 'login refused',
  '42501': 'permission denied',
  EACCES: 'permission denied',
  'nothing found': 'nothing there',
}

/** A SQLSTATE or an errno as a person would say it; the broker's own codes speak for themselves. */
export const inWords = (code: string): string => WORDS[code] ?? code
