import type { Run } from '../cli.ts'

/** One command as data: the parser, the help, docs/cli.md and the tests are all made from this. */
export interface CommandSpec {
  /** `root add`: the words after `broker`. */
  readonly path: string
  /** As commander writes arguments: `<name>`, `[paths...]`. */
  readonly args?: string
  readonly summary: string
  /** More lines for the help, where the summary leaves a question. */
  readonly notes?: readonly string[]
  readonly options?: readonly OptionSpec[]
  /** What to type after `broker`. */
  readonly example: string
  /** What `--json` prints: a shape of docs/cli.md. */
  readonly answers: string
  /** What its group does where no other word follows. */
  readonly byDefault?: boolean
  /** Everything after the first argument belongs to a child process. */
  readonly passThrough?: boolean
  /** Loaded only when the command runs, so that every other one starts fast. */
  readonly load: () => Promise<{ readonly run: Run }>
}

export interface OptionSpec {
  /** `--ttl <duration>`. */
  readonly flags: string
  readonly text: string
  readonly required?: boolean
  readonly choices?: readonly string[]
  readonly parse?: 'duration' | 'integer'
  /** Works, but is not for people. */
  readonly hidden?: boolean
}

/** What every command takes. */
export const COMMON: readonly OptionSpec[] = [
  { flags: '--json', text: 'print one JSON document' },
  { flags: '--url <url>', text: 'the broker to talk to (BROKER_URL, or the profile’s)' },
  { flags: '--profile <name>', text: 'who to be (BROKER_PROFILE, or `default`)' },
]

export const GROUPS: Readonly<Record<string, string>> = {
  env: 'Environments',
  scope: 'Scopes: named slices of a root in one environment',
  issuer: 'Issuers: platforms whose word is taken for who an agent is',
  agent: 'Agents: non-human identities with an owner',
  team: 'Teams: sets of agents',
  user: 'Users: humans with roles',
  root: 'Roots: stored long-lived credentials, write-only',
  kind: 'Kinds: the providers and connectors that this broker has',
  task: 'Tasks: one piece of work of one agent in one environment',
  grant: 'Grants: that a task may use a scope until a time',
  lease: 'Leases: minted vendor credentials',
  approvals: 'Approvals: what waits for a person',
  audit: 'The audit log',
  'break-glass': 'Break-glass: for which agents policy gives way at the moment',
  hook: 'Hooks of agent tools: what they ask before they go on',
  policy: 'Policies: list, check, test and explain them',
  key: 'The broker’s own keys',
  service: 'The server as a service of this machine',
}
