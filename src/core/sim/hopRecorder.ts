/**
 * Takes one record for each link crossing and each host-memory access; the fields are those of
 * `HOP` in core/pcie/counters.ts. The engine's recorder writes them to a ring in shared memory.
 * Called on the hot path: implementations keep no arguments and allocate nothing.
 */
export interface HopRecorder {
  /**
   * @param start_ps first bit leaves the sender. @param end_ps last bit reaches the receiver.
   * @param segment link · 2 + direction; links · 2 = write to host memory, links · 2 + 1 = read from it.
   * @param what kind + class·2^8 + flow·2^16 + completion status·2^24.
   * @param transaction requester ID·2^16 + tag.
   * @param serial number of the TLP since the start of the run; the same on every hop of its way.
   */
  record(
    start_ps: number,
    end_ps: number,
    segment: number,
    what: number,
    address: number,
    lengthBytes: number,
    transaction: number,
    serial: number,
  ): void;
}
