import type { Secret } from '@credbroker/core/secret'

/** A secret that lies where it should not. Nothing of its value is in here. */
export interface Finding {
  /** The same for the same secret in the same file, wherever it stands in it. */
  readonly id: string
  /** Stable, for programs: `github`, `aws-access-key`. */
  readonly kind: string
  /** For people: `GitHub token`. */
  readonly title: string
  /** Relative to the directory that was looked through; `env:NAME` for a variable, `PATH@COMMIT` for one of the history. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Keyed: equal for equal secrets under one key, and worth nothing without it. */
  readonly fingerprint: string
}

/** With the secret itself, which is told to the broker and to nobody else. */
export interface Found {
  readonly finding: Finding
  readonly value: Secret
}

/** What was not looked into, and why. */
export interface Skipped {
  readonly path: string
  readonly why: 'binary' | 'too-large' | 'unreadable' | 'not-a-file' | 'too-many'
}

export interface ScanReport {
  readonly found: readonly Found[]
  /** Some of them; `skippedCount` says how many there were. Binary files are only counted. */
  readonly skipped: readonly Skipped[]
  readonly skippedCount: number
  readonly files: number
  /** Of these were clean the last time and have not changed since. */
  readonly filesFromCache: number
}
