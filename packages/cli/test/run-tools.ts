import type { Io } from '@credbroker/sdk/io'
import type { RunTools } from '../src/deliver/delivery.ts'
import type { PrivateDirectory } from '../src/exec/private-directory.ts'
import { helperProgram } from '../src/helpers/helper-program.ts'

/** What a deliverer gets of a run. */
export const runTools = (files: PrivateDirectory, io: Io): RunTools => ({
  files,
  io,
  helper: helperProgram(files),
  path: process.env['PATH'] ?? '',
  remotes: async () => [],
})
