import type { Clock } from '../ports/clock.ts'

/** What anybody may ask for and what is dear to find out: asked together it is found out once, and kept for a moment. */
export function remembered<Answer>(
  seconds: number,
  clock: Clock,
  find: () => Promise<Answer>,
): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  let until = 0
  return () => {
    const now = clock.now().getTime()
    if (answer && now < until) return answer
    until = now + seconds * 1000
    const asked = find()
    answer = asked
    asked.catch(() => {
      if (answer === asked) answer = undefined
    })
    return asked
  }
}
