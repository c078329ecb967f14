import type { JSONPath } from 'jsonc-parser'
import { type AgentTool, LISTS } from './server-lists.ts'

/** Something that `broker init` wants to be in a file of a tool: one value at one place. */
export interface Wanted {
  /** Relative to the workspace. */
  readonly file: string
  readonly at: JSONPath
  /** Put in when the place is a list: at its end, where nothing equal is in it. */
  readonly value: unknown
  readonly inList: boolean
}

export const TITLES: Readonly<Record<AgentTool, string>> = {
  'claude-code': 'Claude Code',
  cursor: 'Cursor',
  vscode: 'VS Code',
  gemini: 'Gemini CLI',
  zed: 'Zed',
}

/** What an entry has to say besides the program. */
const KINDS: Readonly<Partial<Record<AgentTool, object>>> = {
  vscode: { type: 'stdio' },
  zed: { source: 'custom' },
}

/** The name of our server in a list of servers. */
const SERVER = 'credbroker'

/** A shell reads it: whatever ends otherwise than by our word, a program that is not there too, blocks. */
const closed = (command: string): string => `${command} || exit 2`

/** Where the profile that a command takes by itself is a person's, the server is told whose agent it serves. */
const server = (tool: AgentTool, profile: string | undefined): Wanted => ({
  file: LISTS[tool].file,
  at: [...LISTS[tool].at, SERVER],
  value: {
    ...KINDS[tool],
    command: 'broker',
    args: ['mcp', ...(profile === undefined ? [] : ['--profile', profile])],
  },
  inList: false,
})

const claudeHook = (event: string, command: string, timeout: number, matcher?: string): Wanted => ({
  file: '.claude/settings.json',
  at: ['hooks', event],
  value: {
    ...(matcher !== undefined && { matcher }),
    hooks: [{ type: 'command', command: closed(command), timeout }],
  },
  inList: true,
})

const cursorHook = (event: string, command: string, timeout: number): Wanted => ({
  file: '.cursor/hooks.json',
  at: ['hooks', event],
  value: { command, timeout, failClosed: true },
  inList: true,
})

/** Longer than what the hooks allow themselves, so that they say themselves that it took too long. */
const SESSION_SECONDS = 30
const CALL_SECONDS = 10

const HOOKS: Readonly<Partial<Record<AgentTool, readonly Wanted[]>>> = {
  'claude-code': [
    claudeHook('SessionStart', 'broker hook session-start', SESSION_SECONDS),
    claudeHook('UserPromptSubmit', 'broker hook session-start', SESSION_SECONDS),
    claudeHook('PreToolUse', 'broker hook pre-tool', CALL_SECONDS, '*'),
  ],
  cursor: [
    { file: '.cursor/hooks.json', at: ['version'], value: 1, inList: false },
    cursorHook('beforeSubmitPrompt', 'broker hook session-start', SESSION_SECONDS),
    cursorHook('beforeShellExecution', 'broker hook pre-tool', CALL_SECONDS),
    cursorHook('beforeReadFile', 'broker hook pre-tool', CALL_SECONDS),
    cursorHook('beforeMCPExecution', 'broker hook pre-tool', CALL_SECONDS),
  ],
}

export const wantedFor = (tool: AgentTool, profile?: string): readonly Wanted[] => [
  ...(HOOKS[tool] ?? []),
  server(tool, profile),
]
