/*
 * Access Control Services as a port evaluates them: its control register and egress control vector, decoded, and what
 * follows for one request or completion.
 */
import { ACS_BITS } from '../../pcie/acs.ts';

/** ACS of a port, as it acts on traffic that arrives from below; of a function, on what it sends to its siblings. */
export interface PortAcs {
  readonly sourceValidation: boolean;
  readonly translationBlocking: boolean;
  readonly requestRedirect: boolean;
  readonly completionRedirect: boolean;
  readonly upstreamForwarding: boolean;
  readonly egressControl: boolean;
  readonly directTranslated: boolean;
  /** Bit n: requests to peer port n. */
  readonly egressVector: number;
  /** Decisions depend on more than the address: requester or address type. */
  readonly isPerRequest: boolean;
}

/** The services of a control register. @param control bits 6:0. @param egressVector 32 bits, 0 where there is none. */
export function portAcs(control: number, egressVector: number): PortAcs {
  if (control === 0) return NO_ACS;
  const isSet = (bit: number): boolean => (control & bit) !== 0;
  return {
    sourceValidation: isSet(ACS_BITS.sourceValidation),
    translationBlocking: isSet(ACS_BITS.translationBlocking),
    requestRedirect: isSet(ACS_BITS.p2pRequestRedirect),
    completionRedirect: isSet(ACS_BITS.p2pCompletionRedirect),
    upstreamForwarding: isSet(ACS_BITS.upstreamForwarding),
    egressControl: isSet(ACS_BITS.p2pEgressControl),
    directTranslated: isSet(ACS_BITS.directTranslatedP2p),
    egressVector,
    isPerRequest: isSet(ACS_BITS.sourceValidation | ACS_BITS.translationBlocking | ACS_BITS.directTranslatedP2p),
  };
}

export const NO_ACS: PortAcs = {
  sourceValidation: false,
  translationBlocking: false,
  requestRedirect: false,
  completionRedirect: false,
  upstreamForwarding: false,
  egressControl: false,
  directTranslated: false,
  egressVector: 0,
  isPerRequest: false,
};

/** Which way a request to a peer goes. */
export type PeerDecision = 'direct' | 'redirect' | 'violation';

/**
 * What a port does with a request that it could hand to a peer port directly.
 * @param isTranslated its AT field says translated. @param peer port number of the peer, 0…31; −1 if it has none.
 * @spec semantics reference 3.2 (RR, EC, DT), R-3 (3), R-14
 */
export function peerDecision(acs: PortAcs, isTranslated: boolean, peer: number): PeerDecision {
  if (acs.directTranslated && isTranslated) return 'direct';
  if (!acs.egressControl || peer < 0) return acs.requestRedirect ? 'redirect' : 'direct';
  if (((acs.egressVector >>> peer) & 1) === 0) return 'direct';
  return acs.requestRedirect ? 'redirect' : 'violation';
}
