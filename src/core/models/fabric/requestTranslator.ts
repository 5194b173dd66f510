/*
 * Where an IOMMU hooks into the root complex. Without one the root complex has no translator and asks nothing.
 */

/**
 * Told of every memory request that enters the root complex from a root port or an integrated endpoint, unless it goes to
 * the interrupt range, or straight to a peer port (semantics reference R-5: an address in a port's window, and no request
 * redirect at the root port it came by).
 */
export interface RequestTranslator {
  /**
   * Untranslated requests: replaces the pool's address by the physical one. It may lie in host memory or in a peer's
   * window. Posted and non-posted requests of one port stay in order, so a later one may leave later than it says.
   * @param port number of the port of the root complex.
   * @returns when the address is known, ≥ now; negative = no mapping, or not this permission: the root complex drops a
   * posted request and answers a non-posted one with UR.
   */
  translate(slot: number, port: number): number;

  /** Translated requests: whether this requester may send them; otherwise they are treated like a fault. */
  trusts(slot: number, port: number): boolean;

  /**
   * Translation requests: looks the address up for the device.
   * @returns when the answer is ready, ≥ now; negative = no translations for this requester: the answer is UR.
   */
  lookUp(slot: number, port: number): number;

  /** The 8 bytes of the answer to a translation request, as two unsigned double words; asked when it leaves. */
  answerLow(slot: number): number;
  answerHigh(slot: number): number;
}
