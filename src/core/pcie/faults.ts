/*
 * What can be broken on purpose, and what the machine says of errors. Plain data: in documents, in commands, on the page.
 * Rules: semantics reference, section 9.
 */
import type { LinkGen, LinkWidth } from './link.ts';
import type { NodeId } from './machineSpec.ts';

/** Direction of travel on a link: away from the root or towards it. */
export type LinkDirection = 'up' | 'down';

/** `link` names the port above the link. */
export type FaultSpec =
  /** From now on bits are wrong with this probability; TLPs and DLLPs that contain one fail their CRC. 0 ends it. */
  | { readonly kind: 'bitErrors'; readonly link: NodeId; readonly direction: LinkDirection; readonly rate: number }
  /** The next `count` TLPs arrive with a bad LCRC: NAK and replay. */
  | { readonly kind: 'corruptTlp'; readonly link: NodeId; readonly direction: LinkDirection; readonly count: number }
  /** The next `count` Acks for TLPs travelling in `direction` are lost: replay timer. */
  | { readonly kind: 'loseAcks'; readonly link: NodeId; readonly direction: LinkDirection; readonly count: number }
  /** The link goes down without notice; what hangs from it stays plugged in. */
  | { readonly kind: 'linkDown'; readonly link: NodeId }
  | { readonly kind: 'linkUp'; readonly link: NodeId }
  /** Recovery, optionally to a lower speed or width. */
  | { readonly kind: 'retrain'; readonly link: NodeId; readonly gen?: LinkGen; readonly width?: LinkWidth }
  | { readonly kind: 'surpriseRemoval'; readonly link: NodeId }
  /** Plugs the removed device in again; it comes up at reset values, software enumerates it anew. */
  | { readonly kind: 'hotAdd'; readonly link: NodeId }
  /** Secondary Bus Reset of the port: everything below is reset. */
  | { readonly kind: 'hotReset'; readonly link: NodeId }
  | { readonly kind: 'functionLevelReset'; readonly node: NodeId }
  /** The next `count` payload TLPs of this function carry EP = 1. */
  | { readonly kind: 'poison'; readonly node: NodeId; readonly what: 'writes' | 'completions'; readonly count: number }
  /** The next `count` TLPs of this function carry a wrong ECRC digest. */
  | { readonly kind: 'corruptDigest'; readonly node: NodeId; readonly count: number }
  /** The next `count` writes are longer than the receiver's Max_Payload_Size. */
  | { readonly kind: 'malformed'; readonly node: NodeId; readonly count: number }
  /** The next `count` requests carry a requester ID of another bus: ACS source validation. */
  | { readonly kind: 'spoofRequester'; readonly node: NodeId; readonly count: number }
  /** The next `count` requests go to an address nobody claims. */
  | { readonly kind: 'strayAddress'; readonly node: NodeId; readonly count: number }
  /** This completer answers the next `count` requests with Completer Abort. */
  | { readonly kind: 'completerAbort'; readonly node: NodeId; readonly count: number }
  /** This completer does not answer the next `count` requests: completion timeout at the requester. */
  | { readonly kind: 'noAnswer'; readonly node: NodeId; readonly count: number }
  /** `count` completions nobody asked for arrive at this function. */
  | { readonly kind: 'unexpectedCompletion'; readonly node: NodeId; readonly count: number }
  /** Configuration requests are answered with Request Retry Status for a time. */
  | { readonly kind: 'configRetry'; readonly node: NodeId; readonly duration_ps: number }
  /** Memory Space Enable of the function is cleared. */
  | { readonly kind: 'memoryDisable'; readonly node: NodeId }
  /** The IOMMU loses the mappings of this function. */
  | { readonly kind: 'unmapIommu'; readonly node: NodeId };

export type FaultKind = FaultSpec['kind'];

export interface PlannedFault {
  readonly at_ps: number;
  readonly fault: FaultSpec;
}

export type ErrorSeverity = 'correctable' | 'nonFatal' | 'fatal';

/** What happened, in the order in which it happened. */
export interface ErrorRecord {
  /** Counts from 0 over the run, without gaps. */
  readonly serial: number;
  readonly at_ps: number;
  /** Function that detected it; undefined = the IOMMU or the root complex itself. */
  readonly node: NodeId | undefined;
  /** Register bit name, e.g. `Unsupported Request`, `Bad TLP`, or `IOMMU fault`, `Injected: surprise removal`. */
  readonly name: string;
  /** Bit of the AER status register; undefined for what AER does not know. */
  readonly bit: number | undefined;
  readonly severity: ErrorSeverity | 'note';
  /** Treated as Advisory Non-Fatal (semantics reference E-2). */
  readonly advisory: boolean;
  /** The four header DWs logged; empty if none are. */
  readonly header: readonly number[];
  /** `ERR_COR`, `ERR_NONFATAL`, `ERR_FATAL`, if one was sent. */
  readonly message: string | undefined;
  /** Root port that recorded the message. */
  readonly rootPort: NodeId | undefined;
  /** One plain sentence with names and values. */
  readonly sentence: string;
  /** What the machine did about it: `replayed`, `completion UR`, `dropped`, `reset`… */
  readonly recovery: string;
}
