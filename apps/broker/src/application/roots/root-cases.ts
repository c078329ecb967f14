import { addRoot } from './add-root.ts'
import { checkRoot } from './check-root.ts'
import { replaceRoot } from './replace-root.ts'
import { type RotateDeps, rotateRoot } from './rotate-root.ts'

/** What people do with the credentials of roots. */
export const rootCases = (deps: RotateDeps) => ({
  addRoot: addRoot(deps),
  checkRoot: checkRoot(deps),
  replaceRoot: replaceRoot(deps),
  rotateRoot: rotateRoot(deps),
})
