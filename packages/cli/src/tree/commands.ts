import { agentCommands } from './agents.ts'
import { configurationCommands } from './configuration.ts'
import { inventoryCommands, invitationCommands, kindCommands, rootCommands } from './inventory.ts'
import { receiptCommands } from './receipt.ts'
import { scanCommands } from './scan.ts'
import { identityCommands, serverCommands } from './server.ts'
import type { CommandSpec } from './spec.ts'
import { watchCommands } from './watch.ts'
import { workCommands } from './work.ts'

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...serverCommands,
  ...configurationCommands,
  ...identityCommands,
  ...inventoryCommands,
  ...invitationCommands,
  ...rootCommands,
  ...kindCommands,
  ...workCommands,
  ...agentCommands,
  ...scanCommands,
  ...receiptCommands,
  ...watchCommands,
]
