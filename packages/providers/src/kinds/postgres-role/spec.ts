import { z } from 'zod'
import { identifier } from './identifier.ts'

// A lease's own role as a template would tie two leases together.
const templateRole = identifier.refine((name) => !name.startsWith('brk_'), 'not the role of a lease')

const common = {
  /** Roles of yours that the lease becomes a member of. On 16 and later it inherits from them and cannot become them. */
  roles: z.array(templateRole).max(16).default([]),
  connectionLimit: z.int().min(1).max(100).default(5),
  /** A convenience for the honest: the lease can change it. */
  statementTimeoutSeconds: z.int().min(1).max(86_400).default(30),
}

const privilege = z.enum(['select', 'insert', 'update', 'delete'])
const schemas = z.array(identifier).min(1).max(32).default(['public'])

/**
 * What a scope may do in the root's database. Always the tables that exist when it is minted.
 *
 * - `read-only`: SELECT on tables and views of the schemas;
 * - `read-write`: also INSERT and UPDATE, and the sequences that INSERT needs;
 * - `read-write-delete`: also DELETE;
 * - `tables`: what each table says;
 * - `roles`: nothing but the memberships, and who inherits what a lease makes.
 */
export const spec = z.discriminatedUnion('template', [
  z.strictObject({
    template: z.literal(['read-only', 'read-write', 'read-write-delete']),
    schemas,
    ...common,
  }),
  z.strictObject({
    template: z.literal('tables'),
    tables: z
      .array(
        z.strictObject({
          schema: identifier.default('public'),
          table: identifier,
          privileges: z.array(privilege).min(1).max(4),
        }),
      )
      .min(1)
      .max(200),
    ...common,
  }),
  z
    .strictObject({
      template: z.literal('roles'),
      ...common,
      roles: z.array(templateRole).min(1).max(16),
      /** Who owns the tables, sequences, types and schemas that a lease made once it has ended: one of `roles`. Without it, the root. */
      reassignOwnedTo: templateRole
        .refine((name) => !name.startsWith('pg_'), 'not a role of PostgreSQL’s own')
        .optional(),
    })
    // The lease has all that it may own as that role, so nothing it leaves there is more than it had.
    .refine(
      ({ roles, reassignOwnedTo }) => reassignOwnedTo === undefined || roles.includes(reassignOwnedTo),
      {
        path: ['reassignOwnedTo'],
        message: 'one of roles',
      },
    ),
])
export type Spec = z.output<typeof spec>
export type Privilege = z.output<typeof privilege>
