/**
 * A text of somebody else's, as one that cannot move anything: what turns the direction of writing, hides or joins letters, or
 * moves a cursor is shown by its number, and marks that pile up on a letter by their count. Line ends stay where `lines` says so.
 */
export const inert = (text: string, { lines = false }: { readonly lines?: boolean } = {}): string =>
  text
    .replace(UNSEEN, (mark) =>
      lines && mark === '\n'
        ? mark
        : `⟨U+${(mark.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    )
    .replace(PILE, (_, kept: string, more: string) => `${kept}⟨${[...more].length} more marks⟩`)

/**
 * Controls, format characters (bidirectional ones among them), separators but the space, private use, lone surrogates, fillers, and
 * what else is drawn as nothing, but for the two selectors that go with emoji.
 */
const UNSEEN =
  /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{DI}\u00a0\u2000-\u200a\u202f\u205f\u2800\u3000]/gu

/** No script of the living needs more than four on one letter (UTS #39 §5.4). */
const PILE = /(\p{M}{4})(\p{M}+)/gu
