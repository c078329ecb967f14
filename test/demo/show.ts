import type { RailwayProtected } from './act-four.ts'
import type { Incident } from './act-one.ts'
import type { RailwayIncident } from './act-three.ts'
import type { Protected } from './act-two.ts'
import type { Receipts } from './receipts.ts'
import type { Row } from './rows.ts'
import { heading, table } from './terminal.ts'

export interface Outcome {
  readonly incident: Incident
  readonly two: Protected
  readonly railwayIncident: RailwayIncident
  readonly railway: RailwayProtected
  readonly strayDied: boolean
  readonly onCallReads: boolean
  readonly separateUser: boolean
  readonly rows: readonly Row[]
  readonly receipts: Receipts
  /** Root credentials that were in play. None of them may be in what is printed. */
  readonly secrets: readonly string[]
  readonly seconds: number
}

/** Everything that has to be so, as sentences, beside the table. */
export const conditions = ({
  incident,
  two,
  railwayIncident,
  railway,
  receipts,
  ...rest
}: Outcome): Readonly<Record<string, boolean>> => ({
  'Without the broker the incident happened: data and backup were gone.': incident.happened,
  'Rotation killed the key: every copy of it stopped working at once.': rest.strayDied,
  'The broker does lend production to the agent it is meant for.': rest.onCallReads,
  'While keys lay in the workspace the agent’s script did not start, and the files were named.': two.stopped,
  'The agent did its work in staging.': two.workDone && two.exitCode === 0,
  'Production and its backup are as they were, to the last row.': two.productionUntouched,
  'At Railway the incident happened without the broker: the volume and its backups were gone.':
    railwayIncident.happened,
  'At Railway production has its volume and every backup.': railway.productionUntouched,
  'Railway was made to do one thing, once: the deletion that a person approved.':
    railway.onlyTheApproved && railway.exitCode === 0,
  'The audit log tells the same: every refusal, and one call, under one approval.': receipts.storyHolds,
  'No leased role is left at either server.': two.rolesLeft.length === 0,
  'By the audit log every task has ended and every credential of it is dead.': receipts.complete,
  'The audit log verifies against what was kept before the agent began.': receipts.verified,
  'One changed letter in it is noticed.': receipts.tamperingNoticed,
  'Every task has a final receipt, which proves itself without the broker.': receipts.allProven,
  'One changed letter in a receipt is noticed.': receipts.forgeryNoticed,
})

export const held = (outcome: Outcome): boolean =>
  outcome.rows.every((row) => row.held !== false) && Object.values(conditions(outcome)).every(Boolean)

export const asJson = (outcome: Outcome): string =>
  JSON.stringify({
    held: held(outcome),
    seconds: outcome.seconds,
    separate_user: outcome.separateUser,
    incident_seconds: outcome.incident.seconds,
    railway_incident_seconds: outcome.railwayIncident.seconds,
    conditions: conditions(outcome),
    rows: outcome.rows,
    audit_records: outcome.receipts.records,
  })

const mark = (value: Row['held']): string => (value === 'same-user' ? 'n/a*' : value ? 'yes' : 'NO')

export function asText(outcome: Outcome): string {
  const { rows, receipts, separateUser, incident, railwayIncident, seconds } = outcome
  const lines = rows.map((row) => [row.title, row.without, row.with, mark(row.held)])
  const checks = Object.entries(conditions(outcome)).map(([sentence, so]) => [so ? 'yes' : 'NO', sentence])
  return [
    heading('What was tried, and what came of it'),
    table([['attempt', 'without the broker', 'with the broker', 'held'], ...lines]),
    separateUser
      ? ''
      : '* Agent and broker are the same operating-system user here, who can read the broker’s files. Nothing\n' +
        '  is claimed for that: give the broker a user of its own. (As root, this demonstration does.)\n',
    heading('The receipts: every task, what it got, what it was refused, leases made and dead'),
    table([['task', 'agent', 'environment', 'granted', 'refused', 'leases', 'ended'], ...receipts.tasks]),
    `\nRefused outside of a task, ${receipts.records} records in all:\n`,
    table(receipts.refusals),
    heading('Each receipt as a file, verified offline'),
    table([['task', 'receipt', 'records', 'calls', 'people', 'destroyed'], ...receipts.proven]),
    heading('The story of the task at Railway, as the audit log has it'),
    table([['who', 'what', 'operation', 'became', 'approval', ''], ...receipts.story]),
    heading('Seen from outside, not through the broker'),
    table(checks),
    held(outcome)
      ? `\nIt held${separateUser ? '' : ', but for what is marked *'}. Without the broker it took ${incident.seconds.toFixed(2)} s to lose production, and ${railwayIncident.seconds.toFixed(2)} s at Railway. (${seconds} s in all)\n`
      : '\nIT DID NOT HOLD.\n',
  ].join('')
}
