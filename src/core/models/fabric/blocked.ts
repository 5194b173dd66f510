/** Why a transmitter starts no TLP even if the wire is free, as bits. */
export const BLOCKED = {
  /** An event will look. */
  waking: 1,
  /** The data link layer is replaying, or has no room. */
  held: 2,
  /** There is no link. */
  down: 4,
} as const;
