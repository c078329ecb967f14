import { argumentAt } from '../../graphql/argument-at.ts'
import type { GraphqlOperation } from '../../graphql/dialect.ts'
import { Refused } from '../../refusals.ts'
import { FORMS } from '../forms.ts'
import type { GraphqlEntry } from './table.ts'

const NAMED = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/

/** @throws {Refused} `argument_refused`, `path_refused`, `too_large` */
export function checkArguments(operation: GraphqlOperation, { ids, forms }: GraphqlEntry): void {
  const { owner, name, followRenames } = operation.arguments
  const given =
    owner === undefined
      ? argumentAt(operation, 'input.branch.repositoryNameWithOwner')
      : `${String(owner)}/${String(name)}`
  if (given !== undefined && (typeof given !== 'string' || !NAMED.test(given)))
    throw new Refused('path_refused')
  // An old name may be somebody else’s tomorrow.
  if (followRenames === true) throw new Refused('argument_refused', 'followRenames')
  for (const [path, form] of forms) {
    const value = argumentAt(operation, `input.${path}`)
    if (value !== undefined && !FORMS[form](value as never)) throw new Refused('argument_refused', path)
  }
  const all = [...ids.keys()].flatMap((path) => idsAt(operation, path))
  if (all.length > 50) throw new Refused('too_large')
}

/** The ids of a member of `input`. @throws {Refused} `argument_refused` */
export function idsAt(operation: GraphqlOperation, path: string): readonly string[] {
  const value = argumentAt(operation, `input.${path}`) ?? []
  return (Array.isArray(value) ? value : [value]).map((id: unknown) => {
    if (typeof id !== 'string' || !/^[A-Za-z0-9_=+/-]{1,200}$/.test(id))
      throw new Refused('argument_refused', path)
    return id
  })
}
