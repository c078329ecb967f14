import type { CataloguedOperation } from '../connector.ts'
import { httpEffect } from './meaning.ts'
import type { HttpSpec } from './spec.ts'

/** What an operation does is declared, so its most is what it is. */
export const httpOperations = (spec: HttpSpec): readonly CataloguedOperation[] =>
  Object.keys(spec.operations).map((name) => ({
    name,
    ...httpEffect({ name, arguments: { path: {}, query: {} } }, spec),
  }))
