/**
 * A text of somebody else's, as one that cannot move anything: what turns the direction of writing, hides or joins letters, or
 * moves a cursor is shown by its number. Line ends stay where `lines` says so.
 */
export const inert = (text: string, { lines = false }: { readonly lines?: boolean } = {}): string =>
  text.replace(UNSEEN, (mark) =>
    lines && mark === '\n'
      ? mark
      : `⟨U+${(mark.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )

/** Controls, format characters (bidirectional ones among them), separators but the space, private use, lone surrogates, fillers. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\u00a0\u115f\u1160\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]/gu
