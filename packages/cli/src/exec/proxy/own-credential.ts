/** What tools get in place of a token, so that they start. It is worth nothing anywhere. */
export const PLACEHOLDER = 'brk_placeholder'

/**
 * Whether a tool shows a credential that we did not give it: one that it found somewhere. It is not sent, but whoever runs
 * the command should know that it lies around.
 */
export function showsOwnCredential(authorization: string | undefined): boolean {
  if (authorization === undefined) return false
  const [, scheme = '', value = ''] = /^(\S+)\s+(.*)$/.exec(authorization.trim()) ?? []
  const shown = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString() : value || authorization
  return !shown.includes(PLACEHOLDER) && shown.replace(/:$/, '') !== ''
}
