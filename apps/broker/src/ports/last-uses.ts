/** When an agent last had something of a scope: a credential was minted, or a call sent. */
export interface LastUse {
  readonly agent: string
  readonly scope: string
  readonly at: Date
}

export interface LastUses {
  /** Of these agents, at most one for each scope. What is still on its way into the audit log is missing. */
  of(agents: readonly string[]): Promise<readonly LastUse[]>
}
