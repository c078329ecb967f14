import { type Access, SIDES, sortAccess } from '@credbroker/core/access'
import { getNamedType } from 'graphql'
import type { Effect } from '../connector.ts'
import { rootOf } from '../graphql/dialect.ts'
import { canAnswerWith } from '../graphql/reachable.ts'
import { levelsOf, openEntryOf, SECRET_FIELDS } from './catalogue.ts'
import { schema } from './dialect.ts'
import { CONFIG_ARGUMENT, railwayEffect } from './effect.ts'

/** A configuration may hold whatever its validator lets through. */
const ANY_CONFIG: readonly Access[] = ['write', 'delete', 'execute']

/** The most that an operation can do, whatever its arguments are and whatever of the answer is asked for. */
export function mostOf(name: string): Effect {
  const said = railwayEffect({ name, arguments: {} })
  const entry = openEntryOf(name)
  const { root, field } = rootOf(name)
  const type = schema.getRootType(root as never)?.getFields()[field]?.type
  if (!entry || !type) return said
  const secret = canAnswerWith(schema, getNamedType(type).name, (each) => SECRET_FIELDS.has(each))
  const more: Access[] = [...Object.values(entry.raised ?? {}), ...(secret ? (['secret'] as const) : [])]
  if (!CONFIG_ARGUMENT.has(name)) return { ...said, access: sortAccess([...said.access, ...more]) }
  return { access: sortAccess([...levelsOf(entry), ...ANY_CONFIG, ...more]), touches: SIDES, erases: SIDES }
}
