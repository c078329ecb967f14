import { Approver } from '../harness/approver.ts'
import { person } from '../harness/person.ts'
import type { Stage } from './stage.ts'

/** Somebody who may approve, with a passkey in software: no person is at hand here. */
export async function standUp({ broker, say }: Stage): Promise<Approver> {
  say('ada', 'an approver, registers a passkey: one in software, which this demonstration plays')
  return new Approver(await person(broker, 'ada'))
}

/** Reads the question as the console has it, and signs exactly that, by the same routes. */
export async function approve({ say }: Stage, approver: Approver, id: string): Promise<void> {
  const { requests = [], work, level } = await approver.question(id)
  for (const { operations, environments, facts } of requests) {
    const names = operations.map(({ name }) => name).join(', ')
    const { volumes, backupCount, backupsDieWithIt } = facts
    const die = backupsDieWithIt ? `, its ${backupCount} backups are deleted with it` : ''
    say('ada', `reads: ${work?.agent} asks for ${names} of ${volumes}, in ${environments.join(', ')}${die}`)
  }
  await approver.approve(id)
  say('ada', `approves it (${level}), for once`)
}
