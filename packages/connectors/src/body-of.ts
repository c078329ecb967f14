import type { UpstreamRequest } from './request.ts'

/** The bytes that are sent. */
export const bodyOf = ({ body, bodyEncoding }: UpstreamRequest): Buffer | undefined =>
  body === undefined ? undefined : Buffer.from(body, bodyEncoding ?? 'utf8')
