import type { AuditItem } from './audit-event.ts'

/** What became of a found value, by whose it was: packages/core/src/wire/leaks.ts. */
const OWN: Readonly<Record<string, string>> = {
  lease: 'a credential that was minted for a task',
  enrolment: 'an invitation of an agent, which is worth nothing any more',
  'setup-code': 'a setup code, which is worth nothing any more',
  session: 'the session of a person, which has ended',
  login: 'a login that waited for a person, and is over',
  'task-token': 'the token of a task',
}

/** What an entry says of secrets that lay around, in words; undefined of every other. */
export function foundWords({ type, facts = {} }: AuditItem['event']): string | undefined {
  const text = (name: string) => String(facts[name] ?? '?')
  switch (type) {
    case 'leak.reported':
      return `${text('count')} found ${facts['count'] === 1 ? 'value was' : 'values were'} reported`
    case 'leak.matched':
      return facts['kind'] === 'root'
        ? `what was found is the credential of the root ${text('root')}, version ${text('rootVersion')}`
        : `what was found is ${OWN[text('kind')] ?? text('kind')}`
    case 'finding.allowed':
      return `the stray secret ${text('finding')} was let pass, as the client says`
    default:
      return undefined
  }
}
