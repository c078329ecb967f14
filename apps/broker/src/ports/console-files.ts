/** One file of the built console. */
export interface ConsoleFile {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
  /** The same, compressed (gzip). */
  readonly gzip: Uint8Array<ArrayBuffer>
}

/** The console as it was built, or nothing where it was not. */
export interface ConsoleFiles {
  /** The page, before what it must know of this broker is filled in. */
  page(): string | undefined
  /** By its path in the build: `console/index-CWuwXed3.js`. Only what the build made is ever found. */
  file(path: string): ConsoleFile | undefined
}
