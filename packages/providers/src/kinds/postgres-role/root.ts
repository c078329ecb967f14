import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { identifier } from './identifier.ts'

const SSLMODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

// Without `/`: a path would be a socket on the broker's own machine.
const host = z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, 'a host name or an address')
const isLoopback = (name: string) => /^(localhost|127\.[0-9.]+|::1)$/.test(name)

const fields = z
  .strictObject({
    host,
    port: z.int().min(1).max(65_535).default(5432),
    database: identifier,
    user: identifier,
    password: z.string().min(1).max(1024),
    /** libpq's. `verify-full` unless the host is this machine. */
    sslmode: z.enum(SSLMODES).optional(),
    /** PEM; the certificate authorities to trust instead of Node's own. */
    ca: z
      .string()
      .max(128 * 1024)
      .regex(/^-----BEGIN CERTIFICATE-----/)
      .optional(),
  })
  .transform(({ password, sslmode, ca, ...rest }) => ({
    ...rest,
    password: new Secret(password),
    sslmode: sslmode ?? (isLoopback(rest.host) ? ('prefer' as const) : ('verify-full' as const)),
    ...(ca === undefined ? {} : { ca }),
  }))

/** `postgres://user:password@host:5432/database?sslmode=…` as an object; what is missing or unknown is left for `fields` to say. */
const url = z
  .string()
  .max(4096)
  .transform((text, ctx): unknown => {
    const parsed = /^postgres(ql)?:\/\//.test(text) ? URL.parse(text) : null
    if (!parsed || parsed.hash) {
      ctx.addIssue({
        code: 'custom',
        message: 'postgres://user:password@host:port/database',
        input: undefined,
      })
      return z.NEVER
    }
    try {
      return {
        host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
        ...(parsed.port && { port: Number(parsed.port) }),
        database: decodeURIComponent(parsed.pathname.slice(1)),
        user: decodeURIComponent(parsed.username),
        password: decodeURIComponent(parsed.password),
        ...Object.fromEntries(parsed.searchParams),
      }
    } catch {
      ctx.addIssue({ code: 'custom', message: 'badly %-encoded', input: undefined })
      return z.NEVER
    }
  })

/** The role that mints: its cluster, the one database its scopes live in, and its login. An object, or a URL. */
export const root = z.union([fields, url.pipe(fields)])
export type Root = z.output<typeof root>
