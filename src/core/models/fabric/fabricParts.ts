/*
 * How the parts of the interconnect see each other.
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { ConfigAccess } from './configRequests.ts';
import type { CreditLimits } from './creditAccount.ts';
import type { DelayLine } from './delayLine.ts';
import type { ErrorReporter } from './errorReporter.ts';
import type { Journal } from './journal.ts';
import type { LinkErrorRelay } from './linkErrors.ts';
import type { LinkTiming } from './linkTiming.ts';
import type { RequesterPort } from './requesterPort.ts';
import type { TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** Who gets what comes over a link. */
export interface TlpTaker {
  /** A TLP that came over a transmitter is at its decision point. */
  onArrive(slot: number, ingress: Transmitter): void;
}

/** Who gets the TLPs at the far end. */
export interface Receiver extends TlpTaker {
  /** What the receiver scheduled for a TLP with `forward`. */
  onForward(slot: number): void;
  /** What the receiver scheduled for a TLP with `served`. */
  onServed(slot: number): void;
  /**
   * Nodes that cut through: where a TLP that came over `ingress` would leave, undefined if nowhere. Changes nothing:
   * only the header of the TLP is real.
   */
  cutThroughEgress?(slot: number, ingress: Transmitter): Transmitter | undefined;
  /** A non-posted request that waits for a link that is down ends here: it is answered with UR. */
  onUndeliverable?(slot: number): void;
}

/** A source that wants to know when its TLPs leave. */
export interface SourceListener {
  onSent(tlpClass: number): void;
}

export interface TransmitterOptions {
  readonly index: number;
  /** Hops are counted, hashed and recorded only on real links. */
  readonly traced: boolean;
  readonly timing: LinkTiming;
  readonly credits: CreditLimits;
  /** From decision to first bit: the port's latency, or 0 where a switch's pin-to-pin latency includes it. */
  readonly leadIn_ps: number;
  readonly receiver: Receiver;
  /** Number of this port at the receiver. */
  readonly receiverPort: number;
  /** first = the receiver decides this long after the first bit (cut-through), last = after the last. */
  readonly decideAfter: 'first' | 'last';
  readonly decideLatency_ps: number;
}

/** What all transmitters of a machine share. */
export interface FabricParts {
  readonly events: EventQueue;
  readonly pool: TlpPool;
  readonly journal: Journal;
  /** By index. */
  readonly transmitters: readonly Transmitter[];
  /** All requester ports of the machine, by index: where completions go. */
  readonly ports: readonly RequesterPort[];
  /** The registers that configuration requests reach. */
  readonly config: ConfigAccess;
  /** Told of errors as they are detected; may be replaced before the first event. */
  readonly reporter: ErrorReporter;
  /** Where data link layers report errors. */
  readonly linkErrors: LinkErrorRelay;
  /** Seed of all random processes of the machine. */
  readonly seed: number;
  /** What must be able to pass others may (semantics reference, section 8); false only to show why. */
  readonly orderingExceptions: boolean;
  /** A way on which TLPs stay in order and take known times. */
  addLine(onThrough: (slot: number) => void): DelayLine;
}
