import type { Kind } from '../commands/inventory.ts'
import type { CommandSpec } from './spec.ts'

const kinds: readonly { word: string; kind: Kind; shape: string; sample: string; thing: string }[] = [
  { word: 'env', kind: 'environments', shape: 'Environment', sample: 'staging', thing: 'an environment' },
  { word: 'scope', kind: 'scopes', shape: 'Scope', sample: 'orders-ro', thing: 'a scope' },
  { word: 'issuer', kind: 'issuers', shape: 'Issuer', sample: 'github', thing: 'an issuer' },
  { word: 'agent', kind: 'agents', shape: 'Agent', sample: 'fixer', thing: 'an agent' },
  { word: 'team', kind: 'teams', shape: 'Team', sample: 'payments', thing: 'a team' },
  { word: 'user', kind: 'users', shape: 'User', sample: 'mia', thing: 'a user' },
  { word: 'root', kind: 'roots', shape: 'Root', sample: 'orders-db', thing: 'a root' },
]

export const inventoryCommands: readonly CommandSpec[] = kinds.flatMap(
  ({ word, kind, shape, sample, thing }) => [
    {
      path: `${word} list`,
      summary: `List all ${kind}`,
      example: `${word} list --json`,
      answers: `{ items: ${shape}[] }`,
      load: async () => ({ run: (await import('../commands/inventory.ts')).list(kind) }),
    },
    {
      path: `${word} show`,
      args: '<name>',
      summary: `Show ${thing}`,
      example: `${word} show ${sample}`,
      answers: shape,
      load: async () => ({ run: (await import('../commands/inventory.ts')).show(kind) }),
    },
    {
      path: `${word} disable`,
      args: '<name>',
      summary: `Stop ${thing} from being used, at once`,
      example: `${word} disable ${sample}`,
      answers: shape,
      load: async () => ({ run: (await import('../commands/inventory.ts')).disable(kind) }),
    },
  ],
)

export const invitationCommands: readonly CommandSpec[] = [
  {
    path: 'agent invite',
    args: '<name>',
    summary: 'Make a one-time token with which the agent enrols; shown once',
    example: 'agent invite fixer > token',
    answers: 'Invitation',
    load: async () => ({ run: (await import('../commands/invite.ts')).invite('agents') }),
  },
  {
    path: 'user invite',
    args: '<name>',
    summary: 'Make a one-time token with which the user enrols; shown once',
    notes: [
      'With --offline, on the broker’s machine: a setup link for an admin or approver who lost their passkeys, while nobody',
      'can sign in to invite them. It takes the settings of `serve`, the database and the key among them, or the state of `dev`.',
    ],
    options: [
      { flags: '--offline', text: 'ask no broker: use its database and its key' },
      { flags: '--config <file>', text: 'with --offline: the settings of `serve`' },
      { flags: '--state <directory>', text: 'with --offline: the state of `dev`, while it does not run' },
    ],
    example: 'user invite mia > token',
    answers: 'Invitation',
    load: async () => ({ run: (await import('../commands/invite.ts')).inviteUser }),
  },
]

export const kindCommands: readonly CommandSpec[] = [
  {
    path: 'kind list',
    summary: 'List the kinds of providers and connectors that this broker has',
    example: 'kind list',
    answers: '{ items: Kind[] }',
    load: async () => ({ run: (await import('../commands/kind.ts')).list }),
  },
  {
    path: 'kind show',
    args: '<name>',
    summary: 'Show what a root and a scope of a kind say',
    example: 'kind show postgres-role',
    answers: 'Kind',
    load: async () => ({ run: (await import('../commands/kind.ts')).show }),
  },
]

export const rootCommands: readonly CommandSpec[] = [
  {
    path: 'root add',
    args: '<name>',
    summary: 'Store a root credential; what it reaches is read from the vendor first',
    notes: [
      'The credential comes from standard input or --secret-file, never from an argument:',
      'the provider’s JSON document, or for PostgreSQL just the postgres:// URL.',
    ],
    options: [
      { flags: '--provider <kind>', text: 'a kind that has roots: `broker kind list`', required: true },
      { flags: '--env <name>', text: 'the environment it belongs to' },
      { flags: '--owner <user>', text: 'who answers for it', required: true },
      { flags: '--service <text>', text: 'what breaks without it' },
      { flags: '--on-call <text>', text: 'whom to wake' },
      { flags: '--recovery-backups <text>', text: 'where the backups are' },
      { flags: '--recovery-authority <text>', text: 'under whose authority they are' },
      { flags: '--last-restore-test <date>', text: 'YYYY-MM-DD' },
      { flags: '--separate-authority', text: 'the backups survive whatever this root can do' },
      { flags: '--secret-file <file>', text: 'a file outside any git work tree' },
      { flags: '--rotate', text: 'replace it at the vendor at once, so that every copy of it dies' },
    ],
    example:
      'root add orders-db --provider postgres-role --env staging --owner mia --secret-file ~/orders.url',
    answers: 'Root',
    load: () => import('../commands/root-add.ts'),
  },
  {
    path: 'root check',
    args: '<name>',
    summary: 'Read reach and access from the vendor again and say what is over-broad',
    notes: ['Exit code 5 when it finds something unsafe or over-broad.'],
    example: 'root check orders-db',
    answers: 'Root',
    load: async () => ({ run: (await import('../commands/root-act.ts')).check }),
  },
  {
    path: 'root replace',
    args: '<name>',
    summary: 'Put a new credential in place of the one of a root that files do not own',
    notes: [
      'The credential comes from standard input or --secret-file, never from an argument. Its reach is read from the vendor first.',
      'The former one is ended where the broker can; otherwise it says so, and you end it at the vendor.',
      'For roots that files own: broker apply --renew NAME.',
    ],
    options: [
      { flags: '--secret-file <file>', text: 'a file outside any git work tree' },
      { flags: '--wait', text: 'where a person has to approve it, wait for them and go on' },
    ],
    example: 'root replace orders-api < credential.json',
    answers: 'Root',
    load: () => import('../commands/root-replace.ts'),
  },
  {
    path: 'root rotate',
    args: '<name>',
    summary: 'Replace the credential at the vendor; the old one ends',
    example: 'root rotate orders-db',
    answers: 'Root',
    load: async () => ({ run: (await import('../commands/root-act.ts')).rotate }),
  },
]
