import { z } from 'zod'

const text = z.string().max(32_768)
const short = z.string().max(512)
const count = z.number().int().min(0).max(1_000_000)
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{7,63}$/)
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/)
const variable = z.strictObject({ value: text.optional() }).nullable()
const byId = <Value extends z.ZodType>(value: Value) => z.record(id, value)

const deploy = z.strictObject({
  startCommand: text.nullish(),
  preDeployCommand: z.union([text, z.array(text).max(16)]).nullish(),
  healthcheckPath: short.nullish(),
  healthcheckTimeout: count.nullish(),
  numReplicas: count.nullish(),
  cronSchedule: short.nullish(),
  restartPolicyType: z.enum(['ON_FAILURE', 'ALWAYS', 'NEVER']).nullish(),
  restartPolicyMaxRetries: count.nullish(),
  sleepApplication: z.boolean().nullish(),
  overlapSeconds: count.nullish(),
  drainingSeconds: count.nullish(),
})

const service = z.strictObject({
  source: z
    .strictObject({ image: short.nullish(), repo: short.nullish(), branch: short.nullish() })
    .optional(),
  variables: z.record(variableName, variable).optional(),
  deploy: deploy.optional(),
  build: z
    .strictObject({ builder: short.nullish(), buildCommand: text.nullish(), dockerfilePath: short.nullish() })
    .optional(),
  volumeMounts: byId(
    z.strictObject({
      mountPath: short.optional(),
      backupSchedules: z
        .array(z.enum(['DAILY', 'WEEKLY', 'MONTHLY']))
        .max(3)
        .optional(),
    }),
  ).optional(),
  isDeleted: z.boolean().optional(),
  isCreated: z.boolean().optional(),
})

const volume = z.strictObject({
  sizeMB: count.optional(),
  region: short.optional(),
  isDeleted: z.boolean().optional(),
  isCreated: z.boolean().optional(),
})

const bucket = z.strictObject({
  region: short.optional(),
  isDeleted: z.boolean().optional(),
  isCreated: z.boolean().optional(),
})

/**
 * The members of the vendor's `EnvironmentConfig` that are understood. It deletes what named operations delete, so a member
 * that is not here is refused rather than passed on.
 */
export const environmentConfig = z.strictObject({
  services: byId(service).optional(),
  volumes: byId(volume).optional(),
  buckets: byId(bucket).optional(),
  sharedVariables: z.record(variableName, variable).optional(),
})

export type EnvironmentConfig = z.infer<typeof environmentConfig>
