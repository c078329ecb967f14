/** When an agent last had something of a scope: a credential was minted, or a call sent. */
export interface LastUse {
  readonly agent: string
  readonly scope: string
  readonly at: Date
}

/** What is still on its way into the audit log is missing. */
export interface LastUses {
  /** Of these agents, at most one for each scope. */
  of(agents: readonly string[]): Promise<readonly LastUse[]>
  /** Of these scopes, by whomever; none where nobody ever used it. */
  ofScopes(scopes: readonly string[]): Promise<readonly Omit<LastUse, 'agent'>[]>
}
