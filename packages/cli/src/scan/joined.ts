/** A text put together from pieces, and where each of its characters stood. */
export interface Joined {
  readonly text: string
  readonly origin: (at: number) => number
  /** Whether a part of it was in two pieces. */
  readonly isPieced: (from: number, to: number) => boolean
}

// A literal that goes on in another, a line that goes on behind a backslash, and a lone word on the next line.
const SEAM =
  /["'`][ \t]*(?:[+.,\\]\s*|\n\s*\+?\s*)["'`]|\\\r?\n[ \t]*|(?<=[\w+/=-]{8})\r?\n[ \t]*(?=[\w+/=-]{4,}["'`]?[ \t]*(?:\r?\n|$))/g

/** The text without its seams: a secret that is split over lines or literals is whole in it. Undefined where there is none. */
export function joinPieces(text: string): Joined | undefined {
  const pieces: { readonly at: number; readonly from: number }[] = [{ at: 0, from: 0 }]
  let joined = ''
  let from = 0
  for (const seam of text.matchAll(SEAM)) {
    joined += text.slice(from, seam.index)
    from = seam.index + seam[0].length
    pieces.push({ at: joined.length, from })
  }
  if (pieces.length === 1) return undefined
  joined += text.slice(from)
  return {
    text: joined,
    origin: (at) => {
      const piece = pieceAt(pieces, at)
      return piece.from + (at - piece.at)
    },
    isPieced: (start, end) => pieceAt(pieces, start) !== pieceAt(pieces, Math.max(start, end - 1)),
  }
}

function pieceAt<Piece extends { readonly at: number }>(pieces: readonly Piece[], at: number): Piece {
  let low = 0
  let high = pieces.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((pieces[middle] as Piece).at <= at) low = middle
    else high = middle - 1
  }
  return pieces[low] as Piece
}
