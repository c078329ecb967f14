import { ACCESS, type Access } from '@credbroker/core/access'
import type { Problem } from '@credbroker/core/errors'

export type FactType = 'boolean' | 'number' | 'string' | 'strings' | 'sides' | 'environments' | 'backup'

/** One operation of a connector, as the vendor's own catalogue classes it. `facts` are what its connector finds out about a call. */
export interface Operation {
  /** `railway:volumeDelete` */
  readonly id: string
  readonly access: Access
  readonly facts?: { readonly [name: string]: FactType }
}

/** Facts that exist without any connector; the schema declares them. */
const BASE_FACTS: { readonly [name: string]: FactType } = {
  environments: 'environments',
  touches: 'sides',
  erases: 'sides',
  backup: 'backup',
  restoreTestedBackup: 'boolean',
}

export interface Vocabulary {
  readonly operations: ReadonlyMap<string, Access>
  readonly facts: ReadonlyMap<string, FactType>
}

const levels: ReadonlySet<string> = new Set(ACCESS)

/** All that can be asked and known: levels, operations, facts. Two operations may share a fact of one type. */
export function vocabulary(operations: readonly Operation[]): { words: Vocabulary; problems: Problem[] } {
  const problems: Problem[] = []
  const byId = new Map<string, Access>()
  const facts = new Map<string, FactType>(Object.entries(BASE_FACTS))
  operations.forEach((operation, index) => {
    const at = `operations[${index}]`
    if (!/^[a-z][a-z0-9-]{0,31}:[A-Za-z0-9_./-]{1,120}$/.test(operation.id)) {
      problems.push({ at, message: 'id must be `connector:operation`' })
      return
    }
    if (!levels.has(operation.access)) problems.push({ at, message: 'access must be an access level' })
    const known = byId.get(operation.id)
    if (known !== undefined && known !== operation.access)
      problems.push({ at, message: 'the same operation has two access levels' })
    byId.set(operation.id, operation.access)
    for (const [name, type] of Object.entries(operation.facts ?? {})) {
      if (!/^[a-z][A-Za-z0-9]{0,39}$/.test(name))
        problems.push({ at, message: 'fact names are camelCase letters and digits' })
      else if ((facts.get(name) ?? type) !== type)
        problems.push({ at, message: `fact ${name} is declared with two types` })
      else facts.set(name, type)
    }
  })
  return { words: { operations: byId, facts }, problems }
}

/** The access level of an action, or undefined where nothing declares it. */
export const accessOf = (words: Vocabulary, action: string): Access | undefined =>
  levels.has(action) ? (action as Access) : words.operations.get(action)

export const isBaseFact = (name: string): boolean => Object.hasOwn(BASE_FACTS, name)
