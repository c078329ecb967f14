import type { CommandSpec } from './spec.ts'

export const scanCommands: readonly CommandSpec[] = [
  {
    path: 'scan',
    args: '[paths...]',
    summary: 'Look for stray secrets in files, variables and history; no value is ever printed',
    notes: [
      'Without a path: the working directory and the environment. Exit code 5 where something is found that nobody answers for.',
      'Values leave this machine only with --identify and --revoke, and go to the broker alone.',
    ],
    options: [
      { flags: '--home', text: 'the places where tools of this user keep credentials, and shell histories' },
      { flags: '--history', text: 'what was ever committed in the git repositories of the paths' },
      { flags: '--identify', text: 'ask the broker whose they are: a root, a lease, one of its own' },
      { flags: '--revoke', text: 'end what the broker knows: revoke leases, rotate roots' },
      {
        flags: '--baseline <file>',
        text: 'findings that somebody answers for, until a day; made if it is not there',
      },
      { flags: '--accept <id>', text: 'answer for a finding, in the baseline' },
      { flags: '--owner <name>', text: 'who answers for it' },
      { flags: '--expires <date>', text: 'the day from which it counts again: 2026-12-31' },
      { flags: '--reason <text>', text: 'why it may stay' },
      { flags: '--sarif', text: 'print SARIF 2.1.0' },
    ],
    example: 'scan . --history',
    answers: 'Scanned',
    load: () => import('../commands/scan.ts'),
  },
]
