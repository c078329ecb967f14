/** Changes by hand, sees what happens, and puts it back, after which it must count again. */
export const tampering =
  (database: (statement: string) => Promise<unknown>) =>
  async (change: string, undo: string, see: () => Promise<void>): Promise<void> => {
    await database(change)
    try {
      await see()
    } finally {
      await database(undo)
    }
  }
