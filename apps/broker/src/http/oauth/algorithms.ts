/** By which clients sign proofs and assertions: P-256, and Ed25519 by both of its names (RFC 9864). */
export const CLIENT_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519'] as const
