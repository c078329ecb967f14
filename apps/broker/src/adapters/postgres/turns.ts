/**
 * One at a time for each key, and no more than `most` that wait or work. Whoever waits for an advisory lock holds a connection meanwhile:
 * without this, everything that one agent asks for at once would take every connection there is, and nobody else would be answered.
 */
export function turns(most: number) {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>()
  return async <Result>(key: string, work: () => Promise<Result>): Promise<Result | 'too-many'> => {
    const queue = queues.get(key) ?? { last: Promise.resolve(), length: 0 }
    if (queue.length >= most) return 'too-many'
    queues.set(key, queue)
    queue.length += 1
    const done = queue.last.then(work).finally(() => {
      queue.length -= 1
      if (queue.length === 0) queues.delete(key)
    })
    // Who comes next does not mind how this one ended.
    queue.last = done.catch(() => undefined)
    return await done
  }
}
