export type Permissions = Readonly<Record<string, string>>

export interface Repository {
  readonly id: number
  name: string
}

export interface App {
  readonly id: string
  readonly publicKey: string
  readonly installations: Installation[]
}

export interface Installation {
  readonly id: number
  readonly repositories: readonly Repository[]
  readonly permissions: Permissions
  readonly all: boolean
  suspended: boolean
}

export interface Token {
  readonly permissions: Permissions
  readonly repositories: readonly Repository[]
  readonly until: number
}
