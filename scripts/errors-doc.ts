import { ERRORS, type ErrorCode } from '../packages/core/src/errors.ts'

/** Where the generated text belongs, from the root of the checkout. */
export const ERRORS_DOC_PATH = 'docs/errors.md'

/** One section per code, so that the `type` of a problem document can point at it. */
export function generateErrorsDoc(): string {
  const sections = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { status, title, retryable, oauth, todo } = ERRORS[code]
    return [
      `## ${code}`,
      `**${title}.** HTTP ${status}${retryable ? ', may be tried again' : ''}. On OAuth endpoints: \`${oauth}\`.`,
      `What to do: ${todo}`,
    ].join('\n\n')
  })
  return [
    '# Errors',
    '<!-- Generated from packages/core/src/errors.ts by scripts/generate.ts. Do not edit. -->',
    `Every refusal and failure is \`application/problem+json\` (RFC 9457) with one of these codes in \`code\`. Codes are permanent:
programs branch on them, never on the texts. OAuth endpoints answer their own fixed set instead (RFC 6749 §5.2).`,
    ...sections,
    '',
  ].join('\n\n')
}
