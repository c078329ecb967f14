import { useEffect, useEffectEvent } from 'react'

type Keys = Readonly<Record<string, () => void>>

/** How long the second key of a sequence such as `g a` may take. */
const SEQUENCE_MS = 1200

/** Single keys (`j`) and sequences of two (`g a`), which never act while somebody types or holds a modifier. */
export function useKeys(keys: Keys): void {
  const act = useEffectEvent((pressed: string) => keys[pressed]?.())
  const known = useEffectEvent((pressed: string) => keys[pressed] !== undefined)
  useEffect(() => {
    let first: { key: string; at: number } | undefined
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return
      const sequence = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${event.key}` : ''
      first = { key: event.key, at: event.timeStamp }
      const pressed = [sequence, event.key].find(known)
      if (pressed === undefined) return
      event.preventDefault()
      act(pressed)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

/** What takes keys of its own. Enter on a link or button is theirs. */
function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (document.querySelector('[role=dialog]')) return true
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true
  return (key === 'Enter' || key === ' ') && /^(A|BUTTON|SUMMARY)$/.test(target.tagName)
}
