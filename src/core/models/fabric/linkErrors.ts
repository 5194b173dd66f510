/*
 * What the data link layer says of errors, and to whom.
 */
import type { Transmitter } from './transmitter.ts';

/**
 * Told at the instant of each event. `transmitter` is the direction in which the packet in question travelled: its
 * receiver detects bad packets, its sender timeouts. `transmitter.reverse.receiver` is the node at the sending end.
 * @spec semantics reference, section 9.2 (correctable bits 0, 6, 7, 8 and 12)
 */
export interface LinkErrorSink {
  /** A TLP failed its LCRC at the receiver of this direction; a Nak follows. Correctable bit 6. */
  badTlp(transmitter: Transmitter): void;
  /** An Ack, Nak or UpdateFC that travelled in this direction failed its CRC and is lost. Correctable bit 7. */
  badDllp(transmitter: Transmitter): void;
  /** No Ack in time: the sender of this direction sends again. Correctable bit 12. */
  replayTimeout(transmitter: Transmitter): void;
  /** Four replays without progress: the sender of this direction retrains the link. Correctable bit 8. */
  replayRollover(transmitter: Transmitter): void;
  /** Symbols that are none (8b/10b) at the receiver of this direction. Correctable bit 0. */
  receiverError(transmitter: Transmitter): void;
  /** A link that has gone down lost `tlps` TLPs of this direction: on the wire, in the replay buffer, or waiting. */
  lost?(transmitter: Transmitter, tlps: number): void;
}

/** Where the data link layers of a machine report; one for all. */
export interface LinkErrorRelay {
  sink: LinkErrorSink | undefined;
}
