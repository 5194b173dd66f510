/*
 * ACS bits of a port, one decision at a time (semantics reference 3.2).
 */
import { describe, expect, it } from 'vitest';
import { ACS_BITS } from '../../pcie/acs.ts';
import { NO_ACS, peerDecision, portAcs } from './portAcs.ts';

const { p2pRequestRedirect: RR, p2pEgressControl: EC, directTranslatedP2p: DT } = ACS_BITS;

describe('a request that could go to a peer port directly', () => {
  it.each([
    // control, vector, translated, decision
    [0, 0, false, 'direct'],
    [0, 0, true, 'direct'],
    [RR, 0, false, 'redirect'],
    [RR, 0, true, 'redirect'],
    [EC, 0b0100, false, 'violation'],
    [EC, 0b1011, false, 'direct'],
    [EC | RR, 0b0100, false, 'redirect'],
    [EC | RR, 0b1011, false, 'direct'],
    [DT, 0, false, 'direct'],
    [DT | RR, 0, false, 'redirect'],
    [DT | RR, 0, true, 'direct'],
    [DT | EC, 0b0100, true, 'direct'],
    [DT | EC | RR, 0b0100, true, 'direct'],
    [DT | EC | RR, 0b0100, false, 'redirect'],
  ] as const)('R-3 (3): control %i, vector %i, translated %s: %s', (control, vector, isTranslated, decision) => {
    expect(peerDecision(portAcs(control, vector), isTranslated, 2)).toBe(decision);
  });

  it('an egress vector has no bit for what is not a peer port', () => {
    expect(peerDecision(portAcs(EC, 0xffff_ffff), false, -1)).toBe('direct');
    expect(peerDecision(portAcs(EC | RR, 0), false, -1)).toBe('redirect');
  });

  it('the vector reaches port 31', () => {
    expect(peerDecision(portAcs(EC, 0x8000_0000), false, 31)).toBe('violation');
    expect(peerDecision(portAcs(EC, 0x7fff_ffff), false, 31)).toBe('direct');
  });
});

describe('decisions that are remembered by address', () => {
  it('are those that depend on nothing else', () => {
    const perRequest = Object.entries(ACS_BITS).filter(([, bit]) => portAcs(bit, 0).isPerRequest);
    expect(perRequest.map(([name]) => name)).toEqual([
      'sourceValidation',
      'translationBlocking',
      'directTranslatedP2p',
    ]);
    expect(portAcs(0, 0)).toBe(NO_ACS);
  });
});
