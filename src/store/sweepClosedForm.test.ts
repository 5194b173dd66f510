import { describe, expect, it } from 'vitest';
import { privateStorage } from '../base/storage.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument, TransferWay } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { setAcsBit } from './functionParameters.ts';
import { closedFormLink, closedFormOf } from './sweepClosedForm.ts';
import { sweepParameter } from './sweepParameters.ts';

function build(document: TopologyDocument, way: TransferWay = 'p2p'): MachineDescription {
  const made = SimulatedMachine.create({
    document,
    transfer: document.transfer,
    way,
    seed: 1,
    storage: privateStorage,
  });
  if (!made.ok) throw new Error(made.error[0]?.message);
  return made.value.description;
}

describe('closed form of P2P', () => {
  it('is the payload rate of a Gen4 x8 link at 256 B where the bytes stay below one switch', () => {
    const machine = build(defaultMachine);
    expect((closedFormOf(machine, false) ?? 0) / 1e9).toBeCloseTo(14.37, 1);
    expect(closedFormLink(machine)).toBe('Gen4 x8');
  });

  it('follows the slower of the two links', () => {
    const machine = build(sweepParameter('width').write(defaultMachine, 'sw0-p0', 4));
    expect((closedFormOf(machine, false) ?? 0) / 1e9).toBeCloseTo(14.37 / 2, 1);
    expect(closedFormLink(machine)).toBe('Gen4 x4');
  });

  it('does not claim anything of a route through the root complex, or of a bounce', () => {
    const redirected = build(setAcsBit(defaultMachine, 'sw0-p1', 'p2pRequestRedirect', true));
    expect(redirected.verdict?.route.routeClass).toBe('rootComplex');
    expect(closedFormOf(redirected, false)).toBeUndefined();
    expect(closedFormOf(build(defaultMachine, 'bounce'), false)).toBeUndefined();
  });
});
