import { ERRORS } from '@credbroker/core/errors'
import { name } from '@credbroker/core/names'
import { z } from 'zod'
import { UsageError } from '../../usage-error.ts'
import type { Denial } from '../denials.ts'
import { isCode, todoOf } from '../refusal.ts'
import { inputOf, reply, toolOf } from '../tool.ts'

const input = inputOf({
  code: z.string().max(64).optional().describe('The code of a refusal, for what it means in general'),
  scope: name.optional().describe('The last refusal of this scope; left out, the last of all'),
})

const output = z.strictObject({
  code: z.string(),
  meaning: z.string(),
  reason: z.string().optional(),
  scope: z.string().optional(),
  required: z.array(z.string()),
  approval_url: z.string().optional(),
  next: z.string(),
})

export const explainDenial = toolOf({
  name: 'explain_denial',
  title: 'Explain a denial',
  description:
    'Why something was refused, what would have to be true, and what to do next. Asking grants nothing.',
  input,
  output,
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run({ denials }, { code, scope }) {
    if (code !== undefined) return reply(explained({ code, required: [] }))
    const denial = denials.find(scope)
    if (!denial)
      throw new UsageError('Nothing of that was refused here.', 'Name a code, or call request_access first.')
    return reply(explained(denial))
  },
})

function explained({
  code,
  reason,
  scope,
  required,
  approvalUrl,
}: Partial<Denial> & Pick<Denial, 'code' | 'required'>) {
  if (!isCode(code)) throw new UsageError('There is no such code.', 'The codes are in docs/errors.md.')
  return {
    code,
    meaning: ERRORS[code].title,
    ...(reason !== undefined && { reason }),
    ...(scope !== undefined && { scope }),
    required: [...required],
    ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
    next: todoOf(code) ?? 'Ask for something narrower, or ask the owner of the scope.',
  }
}
