import { guarded } from './driver-errors.ts'

type Method = (...args: never[]) => Promise<unknown>

/** A store whose every failure is an error of ours: the driver's own carry queries and parameters. */
export function guardedStore<Store extends { [Name in keyof Store]: Method }>(store: Store): Store {
  const wrapped = Object.entries<Method>(store).map(([name, method]) => [
    name,
    (...args: never[]) => guarded(() => method(...args)),
  ])
  return Object.fromEntries(wrapped) as Store
}
