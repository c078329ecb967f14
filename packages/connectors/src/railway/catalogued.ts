import type { CataloguedOperation } from '../connector.ts'
import { CATALOGUE, openEntryOf } from './catalogue.ts'
import { mostOf } from './most.ts'
import type { RailwaySpec } from './spec.ts'

/** Found out before a call that may erase backups is decided. */
const BACKUP_FACTS = {
  volumes: 'strings',
  backupCount: 'number',
  newestBackup: 'string',
  backupsDieWithIt: 'boolean',
} as const

const withMost = (name: string): CataloguedOperation => {
  const most = mostOf(name)
  return { name, ...most, ...(most.erases.includes('backup') && { facts: BACKUP_FACTS }) }
}

/** The operations that can be called, for the vocabulary of policies. */
export const catalogued: readonly CataloguedOperation[] = Object.keys(CATALOGUE)
  .filter((name) => openEntryOf(name) !== undefined)
  .map(withMost)

export const railwayOperations = ({ operations }: RailwaySpec): readonly CataloguedOperation[] =>
  [...new Set(operations)].map(withMost)
