import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findNodeAtLocation } from 'jsonc-parser'
import { treeOf } from './edit-json.ts'
import { AGENT_TOOLS, type AgentTool, LISTS } from './server-lists.ts'

/** Zed is not among them: its settings lie in many a directory where no agent works. */
const HOMES: Readonly<Partial<Record<AgentTool, readonly string[]>>> = {
  'claude-code': ['.claude', '.mcp.json', 'CLAUDE.md'],
  cursor: ['.cursor', '.cursorrules'],
  vscode: [LISTS.vscode.file],
  gemini: ['.gemini', 'GEMINI.md'],
}

/** The agent tools that have files in a directory. */
export async function toolsAt(directory: string): Promise<AgentTool[]> {
  const found = await Promise.all(
    AGENT_TOOLS.map(async (tool) => {
      const homes = (HOMES[tool] ?? []).map((home) => exists(join(directory, home)))
      return (await Promise.all(homes)).includes(true) || (tool === 'zed' && (await hasList(directory, tool)))
    }),
  )
  return AGENT_TOOLS.filter((_, at) => found[at])
}

async function hasList(directory: string, tool: AgentTool): Promise<boolean> {
  const tree = treeOf(await readFile(join(directory, LISTS[tool].file), 'utf8').catch(() => ''))
  return tree !== undefined && findNodeAtLocation(tree, LISTS[tool].at) !== undefined
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
