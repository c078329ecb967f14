/** Operational messages. Fields are ids, codes and numbers: never a body, a header or a credential. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
