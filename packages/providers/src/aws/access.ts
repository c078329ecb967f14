import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import { RULES } from './access-rules.ts'
import { matches } from './arn.ts'
import { CATALOGUE } from './catalogue.gen.ts'

type Service = keyof typeof CATALOGUE
type Level = keyof (typeof CATALOGUE)[Service]

const DESTROYS = /^(Batch)?(Delete|Terminate|Purge)/
const READS =
  /^(Batch)?(Check|Describe|Download|Filter|Get|List|Lookup|Query|Receive|Scan|Search|Select|Validate)|^(PartiQLSelect|ConditionCheckItem|(Start|Stop)(Query|LiveTail))$/
const WILD = /[*?]/

/** Every action of the services we know, as AWS spells it, by its lower-case name: IAM ignores case. */
const KNOWN: ReadonlyMap<string, { readonly name: string; readonly access: readonly Access[] }> = new Map(
  Object.entries(CATALOGUE).flatMap(([service, levels]) =>
    Object.entries(levels).flatMap(([level, names]) =>
      names
        .split(' ')
        .filter(Boolean)
        .map((name) => {
          const access = judge(service as Service, name, level as Level)
          return [`${service}:${name}`.toLowerCase(), { name: `${service}:${name}`, access }] as const
        }),
    ),
  ),
)

function judge(service: Service, name: string, level: Level): Access[] {
  const found = new Set<Access>()
  for (const [access, names] of Object.entries(RULES[service]))
    if (names.split(' ').includes(name)) found.add(access as Access)
  const settled = found.has('write') || found.has('execute') || found.has('secret')
  if (level === 'read') found.add(READS.test(name) || found.size > 0 ? 'read' : 'admin')
  else if (level === 'write' && DESTROYS.test(name)) found.add('delete')
  else if (level !== 'write' || !settled) found.add('admin')
  if (level === 'permissions' && DESTROYS.test(name)) found.add('delete')
  return sortAccess(found)
}

/** The actions that AWS lists for a pattern; whatever names none of them stays as it is. */
export function expandAction(action: string): readonly string[] {
  if (!WILD.test(action)) return [action]
  const members = [...KNOWN.values()].filter(({ name }) => matches(action, name)).map(({ name }) => name)
  return members.length > 0 ? members : [action]
}

/**
 * What an action, or whatever a pattern may match, can do: an upper bound (I4b). An action that AWS did not list when the
 * catalogue was made is `admin`; a pattern may match such actions, and over a service we do not know anything at all.
 */
export function accessOf(action: string): readonly Access[] {
  const known = KNOWN.get(action.toLowerCase())
  if (known) return known.access
  if (!WILD.test(action))
    return /delete|destroy|purge|remove|terminate/i.test(action) ? ['delete', 'admin'] : ['admin']
  const members = [...KNOWN.values()].filter(({ name }) => matches(action, name))
  if (members.length === 0) return ACCESS
  return sortAccess([...members.flatMap(({ access }) => access), 'admin'])
}

/** Writes that replace an object or item under the same name. */
export const overwrites = (action: string): boolean =>
  /^(s3:PutObject|dynamodb:(PutItem|BatchWriteItem)|ssm:PutParameter|ecr:PutImage)$/i.test(action)
