import type { CataloguedOperation } from '../connector.ts'
import { CATALOGUE, openEntryOf } from './catalogue.ts'
import { railwayEffect } from './effect.ts'

const facts = { backupCount: 'number', newestBackup: 'string' } as const

/** The operations that can be called, for the vocabulary of policies. */
export const catalogued: readonly CataloguedOperation[] = Object.keys(CATALOGUE)
  .filter((name) => openEntryOf(name) !== undefined)
  .map((name) => ({ name, ...railwayEffect({ name, arguments: {} }), facts }))
