import type { Secret } from '@credbroker/core/secret'

export const tokenView = ({
  token,
  issuedAt,
  expiresAt,
}: {
  token: Secret
  issuedAt: number
  expiresAt: number
}) => ({
  access_token: token.expose(),
  token_type: 'DPoP' as const,
  expires_in: expiresAt - issuedAt,
})
