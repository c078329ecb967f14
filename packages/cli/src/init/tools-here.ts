import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentTool } from './agent-tools.ts'

const HOMES: Readonly<Record<AgentTool, readonly string[]>> = {
  'claude-code': ['.claude', '.mcp.json', 'CLAUDE.md'],
  cursor: ['.cursor', '.cursorrules'],
}

/** The agent tools that have files in a directory. */
export async function toolsAt(directory: string): Promise<AgentTool[]> {
  const found: AgentTool[] = []
  for (const tool of ['claude-code', 'cursor'] as const)
    for (const home of HOMES[tool])
      if (!found.includes(tool) && (await exists(join(directory, home)))) found.push(tool)
  return found
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
