import { expect, it } from 'vitest'
import { sheetOf } from './sheet.ts'

it('a sheet has one line for each way, and no field that a spreadsheet would compute or split', () => {
  const way = { scope: '=cmd', answer: 'yes', policies: ['a', 'b,"c"'], last_used: null } as const
  const sheet = sheetOf([
    {
      kind: 'agent',
      principal: 'agent:fixer',
      owner: 'mia',
      teams: [],
      unused: [],
      cells: [
        {
          environment: 'staging',
          access: 'write',
          answer: 'yes',
          last_used: null,
          ways: [{ ...way, policies: [...way.policies] }],
        },
      ],
    },
  ])
  expect(sheet.split('\r\n')).toEqual([
    'who,environment,access,answer,approval,through,policies,last_used',
    `agent:fixer,staging,write,yes,,'=cmd,"a b,""c""",never`,
    '',
  ])
})
