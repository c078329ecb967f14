import type { TransactionSql } from 'postgres'

interface Guard {
  readonly aside: string
  readonly back: string
}

/**
 * Runs `work` while no foreign key and no trigger looks: rows come table by table, and what only grows arrives grown.
 * Every one is put back as it was, and the foreign keys then look at all that has come.
 */
export async function withoutGuards(tx: TransactionSql, work: () => Promise<void>): Promise<void> {
  const guards = [...(await triggers(tx)), ...(await foreignKeys(tx))]
  for (const { aside } of guards) await tx.unsafe(aside)
  await work()
  for (const { back } of guards) await tx.unsafe(back)
}

const foreignKeys = (tx: TransactionSql): Promise<Guard[]> =>
  tx<Guard[]>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS aside,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS back
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY oid`

const triggers = (tx: TransactionSql): Promise<Guard[]> =>
  tx<Guard[]>`
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) AS aside,
      format('ALTER TABLE %s ENABLE %s TRIGGER %I', t.tgrelid::regclass,
        CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, t.tgname) AS back
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace ORDER BY t.oid`
