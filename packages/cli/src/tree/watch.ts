import type { CommandSpec, OptionSpec } from './spec.ts'

const target: readonly OptionSpec[] = [
  { flags: '--env <name>', text: 'one environment' },
  { flags: '--agent <name>', text: 'one agent' },
  { flags: '--all', text: 'everything' },
]
const taskFilter: OptionSpec = { flags: '--task <id>', text: 'of one task' }

export const watchCommands: readonly CommandSpec[] = [
  {
    path: 'grant list',
    summary: 'List grants',
    options: [
      { flags: '--state <state>', text: 'only these', choices: ['pending', 'active', 'denied', 'ended'] },
      taskFilter,
    ],
    example: 'grant list --state active',
    answers: '{ items: Grant[] }',
    load: async () => ({ run: (await import('../commands/grant.ts')).list }),
  },
  {
    path: 'grant revoke',
    args: '<id>',
    summary: 'End a grant and what was minted under it',
    example: 'grant revoke grt_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'Grant',
    load: async () => ({ run: (await import('../commands/grant.ts')).revoke }),
  },
  {
    path: 'lease list',
    summary: 'List minted credentials',
    options: [
      { flags: '--state <state>', text: 'only these', choices: ['reserved', 'active', 'revoking', 'ended'] },
      taskFilter,
      { flags: '--provider <kind>', text: 'of one provider' },
    ],
    example: 'lease list --state active',
    answers: '{ items: Lease[] }',
    load: async () => ({ run: (await import('../commands/lease.ts')).list }),
  },
  {
    path: 'lease revoke',
    args: '<id>',
    summary: 'Revoke a minted credential at the vendor',
    example: 'lease revoke lse_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'Lease',
    load: async () => ({ run: (await import('../commands/lease.ts')).revoke }),
  },
  {
    path: 'approvals list',
    byDefault: true,
    summary: 'List what waits for a person, with where to answer it',
    notes: ['Nobody can approve at the command line: that takes a person with a passkey, in a browser.'],
    options: [
      {
        flags: '--state <state>',
        text: 'these instead of those that wait',
        choices: ['pending', 'approved', 'denied', 'used', 'expired', 'cancelled'],
      },
      { flags: '--env <name>', text: 'of one environment' },
    ],
    example: 'approvals list',
    answers: '{ items: Approval[] }',
    load: async () => ({ run: (await import('../commands/approvals.ts')).list }),
  },
  {
    path: 'approvals show',
    args: '<id>',
    summary: 'Show one question whole, and what became of it',
    example: 'approvals show apr_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'Approval',
    load: async () => ({ run: (await import('../commands/approvals.ts')).show }),
  },
  {
    path: 'who-has-write',
    summary:
      'Show who could do what, where: every agent and person, through which scope and policy, used last when',
    notes: [
      'A line is left out where the answer is no. What an agent may hold at once, and what the vendor then says, is not in it.',
    ],
    options: [
      { flags: '--env <name>', text: 'in one environment' },
      {
        flags: '--access <level>',
        text: 'of one level',
        choices: ['read', 'write', 'delete', 'admin', 'secret', 'execute'],
      },
      { flags: '--agent <name>', text: 'of one agent' },
      { flags: '--user <name>', text: 'of one person' },
      { flags: '--unused', text: 'instead: what agents may have and did not use' },
      { flags: '--days <number>', text: 'for so long (default 90)', parse: 'integer' },
      { flags: '--csv', text: 'for a spreadsheet, one line for each scope' },
    ],
    example: 'who-has-write --env production --access delete',
    answers: 'WhoHasWrite',
    load: () => import('../commands/who-has-write.ts'),
  },
  {
    path: 'audit tail',
    summary: 'Show the last audit records, and follow',
    options: [
      { flags: '-n, --lines <number>', text: 'how many to start with (default 20)', parse: 'integer' },
      { flags: '--follow', text: 'go on with what is recorded from now on' },
    ],
    example: 'audit tail --follow',
    answers: 'one AuditEntry per line',
    load: () => import('../commands/audit-tail.ts'),
  },
  {
    path: 'audit export',
    args: '<directory>',
    summary: 'Write the log, a signed checkpoint and the public key, for anyone to verify',
    example: 'audit export ./audit-2026-11',
    answers: 'AuditExport',
    load: () => import('../commands/audit-export.ts'),
  },
  {
    path: 'audit verify',
    args: '<directory>',
    summary: 'Verify an export; needs no broker',
    options: [
      {
        flags: '--public-key <file>',
        text: 'the keys you trust, one a line (default: the one in the export)',
      },
      { flags: '--checkpoint <file>', text: 'an older checkpoint that you kept: the log must extend it' },
    ],
    example: 'audit verify ./audit-2026-11 --public-key pinned.pub',
    answers: 'AuditVerdict',
    load: () => import('../commands/audit-verify.ts'),
  },
  {
    path: 'freeze',
    summary: 'Refuse everything at once, for an environment, an agent, or all',
    options: [...target, { flags: '--reason <text>', text: 'shown to whoever is refused' }],
    example: "freeze --env production --reason 'incident 42'",
    answers: '{ items: Freeze[] }',
    load: async () => ({ run: (await import('../commands/freeze.ts')).freeze }),
  },
  {
    path: 'unfreeze',
    summary: 'Lift a freeze',
    options: [...target, { flags: '--reason <text>', text: 'recorded' }],
    example: 'unfreeze --env production',
    answers: '{ items: Freeze[] }',
    load: async () => ({ run: (await import('../commands/freeze.ts')).unfreeze }),
  },
  {
    path: 'break-glass list',
    summary: 'List for which agents policy gives way at the moment, and where to break the glass',
    notes: ['A key cannot break it: that takes an admin with a passkey, in a browser.'],
    example: 'break-glass list',
    answers: 'BreakGlassList',
    load: async () => ({ run: (await import('../commands/break-glass.ts')).list }),
  },
  {
    path: 'break-glass end',
    args: '<id>',
    summary: 'End a break-glass early, with everything that only it permitted',
    example: 'break-glass end bgl_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'BreakGlass',
    load: async () => ({ run: (await import('../commands/break-glass.ts')).end }),
  },
  {
    path: 'key status',
    summary: 'Show the broker’s signing keys and which key encrypts its secrets',
    example: 'key status',
    answers: 'KeyStatus',
    load: async () => ({ run: (await import('../commands/key.ts')).status }),
  },
  {
    path: 'key rotate',
    summary: 'Make a new key for signing access tokens; old tokens run out by themselves',
    options: [
      {
        flags: '--keyfile <file>',
        text: 'instead: a new key-encryption key in this keyfile, on the broker’s machine',
      },
      {
        flags: '--issuer <environment>',
        text: 'instead: a new key for the assertions that vendors are shown in this environment',
      },
    ],
    notes: ['With --keyfile, restart the broker afterwards: it wraps every stored secret under the new key.'],
    example: 'key rotate',
    answers: 'KeyRotated',
    load: async () => ({ run: (await import('../commands/key.ts')).rotate }),
  },
  {
    path: 'key recover',
    summary: 'Write a lost keyfile again from its recovery file; the age identity comes on standard input',
    args: '<recovery-file> <keyfile>',
    example: 'key recover /backup/recovery.age /etc/credbroker/keyfile < identity.txt',
    answers: 'KeyRecovered',
    load: async () => ({ run: (await import('../commands/key.ts')).recover }),
  },
]
