/*
 * Words on the event queue: kind in bits 3:0, argument above. Fabric.run decides by these figures.
 */
export const EVENT = {
  /** A transmitter's wire is free. Argument: transmitter. */
  wireFree: 0,
  /** The first TLP in flight is at the point where its receiver decides. Argument: transmitter. */
  arrive: 1,
  /** A TLP that had to wait inside a node may join its egress queue. Argument: TLP. */
  forward: 2,
  /** A completer has finished with a request. Argument: TLP. */
  served: 3,
  /** Credits that a transmitter lacks may have come back. Argument: transmitter. */
  credits: 4,
  /** A timer of a device. Argument: slot of Timers. */
  timer: 5,
  /** Time to look for reads that were never answered. Argument: requester port. */
  timeout: 6,
  /** The first TLP in a delay line is through. Argument: delay line. */
  lineDue: 7,
  /** The data link layer of a transmitter has something to do. Argument: transmitter. */
  link: 8,
  /** Somebody wants to be called. Argument: slot of Calls. */
  call: 9,
} as const;

export const EVENT_KIND_BITS = 4;

/** The word of an event. Who schedules the same one again and again keeps it. */
export function eventWord(kind: number, argument: number): number {
  return kind | (argument << EVENT_KIND_BITS);
}
