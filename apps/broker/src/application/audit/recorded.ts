const recorded = new WeakSet<Error>()

/** The log has this refusal, with all that is known of what was refused: whoever hands it on need not write it down again. */
export function markRecorded(refusal: Error): void {
  recorded.add(refusal)
}

export const isRecorded = (refusal: Error): boolean => recorded.has(refusal)
