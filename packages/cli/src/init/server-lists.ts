import type { JSONPath } from 'jsonc-parser'

export const AGENT_TOOLS = ['claude-code', 'cursor', 'vscode', 'gemini', 'zed'] as const
export type AgentTool = (typeof AGENT_TOOLS)[number]

/** A file in which a tool lists the MCP servers that it starts, and where in it. */
export interface ServerList {
  readonly file: string
  readonly at: JSONPath
}

/** Of a directory. */
export const LISTS: Readonly<Record<AgentTool, ServerList>> = {
  'claude-code': { file: '.mcp.json', at: ['mcpServers'] },
  cursor: { file: '.cursor/mcp.json', at: ['mcpServers'] },
  vscode: { file: '.vscode/mcp.json', at: ['servers'] },
  gemini: { file: '.gemini/settings.json', at: ['mcpServers'] },
  zed: { file: '.zed/settings.json', at: ['context_servers'] },
}

/** Of a home. They are told of and never written: their tools write them as well. */
export const listsOfHome = (directory: string): readonly ServerList[] => [
  { file: '.claude.json', at: ['mcpServers'] },
  { file: '.claude.json', at: ['projects', directory, 'mcpServers'] },
  { file: '.cursor/mcp.json', at: ['mcpServers'] },
  { file: '.config/Code/User/mcp.json', at: ['servers'] },
  { file: '.gemini/settings.json', at: ['mcpServers'] },
  { file: '.config/zed/settings.json', at: ['context_servers'] },
  { file: '.codeium/windsurf/mcp_config.json', at: ['mcpServers'] },
]

/** Where a file of a directory lists servers: nowhere, for files of another use. */
export const listsIn = (file: string): readonly JSONPath[] =>
  Object.values(LISTS).flatMap((list) => (list.file === file ? [list.at] : []))
