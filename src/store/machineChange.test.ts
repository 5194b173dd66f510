import { describe, expect, it } from 'vitest';
import type { PeerVerdict, RouteClass } from '../core/pcie/verdict.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import { emptyMachine } from './fakes.testing.ts';
import { machineChange } from './machineChange.ts';

function machine(mapType: PeerVerdict['mapType'], write: RouteClass, read: RouteClass, acs = 0): MachineDescription {
  const verdict: Partial<PeerVerdict> = {
    mapType,
    route: { routeClass: write, readDataRouteClass: read, write: [], readData: [] },
  };
  return emptyMachine('p2p', {
    verdict: verdict as PeerVerdict,
    functions: [
      {
        id: 'sw0-p1',
        index: 0,
        bdf: '0000:02:01.0',
        buses: undefined,
        bars: [],
        mpsBytes: 256,
        mrrsBytes: 512,
        acsControl: acs,
      },
    ],
  });
}

const words = (text: string): string => text.replace(/\u00a0/g, ' ');

describe('what an edit did', () => {
  it('says nothing of what stayed the same', () => {
    const same = machine('BUS_ADDR', 'belowSwitch', 'belowSwitch');
    expect(machineChange(same, same)).toEqual({ verdict: [], elsewhere: [] });
  });

  it('says verdict and route, once where writes and reads change alike', () => {
    const change = machineChange(
      machine('BUS_ADDR', 'belowSwitch', 'belowSwitch'),
      machine('NOT_SUPPORTED', 'rootComplex', 'rootComplex', 0x1d),
    );
    expect(change.verdict).toEqual([
      { label: 'Linux', before: 'Bus address', after: 'Not supported' },
      { label: 'Packets go', before: 'below the switch', after: 'through the root complex' },
    ]);
    expect(change.elsewhere.map(words)).toEqual(['ACS control of 1 function']);
  });

  it('keeps writes and reads apart where one-sided ACS makes them differ', () => {
    const change = machineChange(
      machine('BUS_ADDR', 'belowSwitch', 'belowSwitch'),
      machine('THRU_HOST_BRIDGE', 'rootComplex', 'belowSwitch'),
    );
    expect(change.verdict.map((row) => row.label)).toEqual(['Linux', 'Writes go']);
  });

  it('says what the hardware does where only that changed', () => {
    const physical = (outcome: 'arrives' | 'arrivesCorrupt'): MachineDescription => {
      const same = machine('THRU_HOST_BRIDGE', 'rootComplex', 'rootComplex');
      const answer = { outcome, at: undefined, sentence: '' };
      const read = { outcome: 'arrives' as const, at: undefined, sentence: '' };
      const verdict = same.verdict === undefined ? undefined : { ...same.verdict, physics: { write: answer, read } };
      return { ...same, verdict };
    };
    expect(machineChange(physical('arrives'), physical('arrivesCorrupt')).verdict).toEqual([
      { label: 'A write', before: 'arrives', after: 'arrives corrupt' },
    ]);
  });
});
