import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { GIB } from '../../base/units.ts';
import { ACS_BITS } from '../../core/pcie/acs.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { blankMachine } from '../blankMachine.ts';
import { gpu, iopmem, nic, rootPort } from '../build.ts';
import type { TopologyDocument } from '../document.ts';
import { defaultMachine } from '../presets/defaultMachine.ts';
import { presets } from '../presets/presets.ts';
import type { Check, CheckCode } from './api.ts';
import { checksOf } from './checks.ts';

function changed(node: NodeId, change: Partial<FunctionSpec>, document = defaultMachine): TopologyDocument {
  return { ...document, functions: document.functions.map((fn) => (fn.id === node ? { ...fn, ...change } : fn)) };
}

function withFunctions(functions: readonly FunctionSpec[], document = defaultMachine): TopologyDocument {
  return { ...document, functions: [...document.functions, ...functions] };
}

function found(document: TopologyDocument, code: CheckCode): Check {
  const check = checksOf(document).find((row) => row.code === code);
  if (check === undefined)
    throw new Error(
      `no ${code} among ${checksOf(document)
        .map((row) => row.code)
        .join(' ')}`,
    );
  return check;
}

/** The document after the first fix; the finding must be gone. */
function fixed(document: TopologyDocument, code: CheckCode): TopologyDocument {
  const check = found(document, code);
  const result = at(check.fixes, 0).apply(document);
  if (!result.ok) throw new Error(result.error.message);
  expect(checksOf(result.value.document).map(({ key }) => key)).not.toContain(check.key);
  return result.value.document;
}

const SMALL_PORT = rootPort('rp2', { parent: 'pcie0', device: 3 }, { gen: 4, width: 8 });
const BIG_PORT = rootPort('rp3', { parent: 'pcie0', device: 5 }, { gen: 5, width: 16 });
const CARD = gpu('gpu0', 'rp2', { gen: 5, width: 16, apertureBytes: GIB });

describe('checks', () => {
  it('LINK_TRAINS_BELOW_CARD names both widths and rates, and uses the best free port', () => {
    const document = withFunctions([SMALL_PORT, BIG_PORT, CARD]);
    const check = found(document, 'LINK_TRAINS_BELOW_CARD');
    expect(check).toMatchObject({ node: 'gpu0', severity: 'warning' });
    expect(check.message.replaceAll(/\s/g, ' ')).toBe('gpu0 is x16, rp2 gives it Gen4 x8: 14.37 GB/s, not 57.46 GB/s.');
    expect(check.fixes.map(({ label }) => label)).toEqual(['Use rp3']);
    expect(fixed(document, 'LINK_TRAINS_BELOW_CARD').functions.find(({ id }) => id === 'gpu0')?.parent).toBe('rp3');
  });

  it('LINK_TRAINS_BELOW_CARD has no fix where no free port is faster', () => {
    expect(found(withFunctions([SMALL_PORT, CARD]), 'LINK_TRAINS_BELOW_CARD').fixes).toEqual([]);
  });

  it('GEN_LIMIT is a note: the lanes are all used', () => {
    const slow = rootPort('rp2', { parent: 'pcie0', device: 3 }, { gen: 3, width: 16 });
    const document = withFunctions([slow, BIG_PORT, CARD]);
    expect(found(document, 'GEN_LIMIT')).toMatchObject({ node: 'gpu0', severity: 'note' });
    fixed(document, 'GEN_LIMIT');
  });

  it('LINK_LIMITED lifts the limit', () => {
    const document = changed('sw0-p1', { link: { maxGen: 4, maxWidth: 8, limitWidth: 4 } });
    expect(found(document, 'LINK_LIMITED').message).toBe('sw0-p1 is Gen4 x8 and limited to Gen4 x4.');
    expect(fixed(document, 'LINK_LIMITED').functions.find(({ id }) => id === 'sw0-p1')?.link).toEqual({
      maxGen: 4,
      maxWidth: 8,
    });
  });

  it('UNREACHABLE counts what is below a disabled link and enables it', () => {
    const document = changed('rp0', { link: { maxGen: 4, maxWidth: 16, disabled: true } });
    expect(found(document, 'UNREACHABLE').message).toContain('(8 in all)');
    fixed(document, 'UNREACHABLE');
  });

  it('UNREACHABLE tells of devices beside device 0 of a link', () => {
    const beside = { ...nic('nic9', 'sw0-p1', { gen: 4, width: 8, wireBitsPerSecond: 1e9 }), device: 1 };
    expect(found(withFunctions([beside]), 'UNREACHABLE').node).toBe('nic9');
  });

  it('MPS_MISMATCH sets everything below the root port to the least', () => {
    const document = changed('nic0', { mpsBytes: 128 });
    expect(found(document, 'MPS_MISMATCH').message).toContain('128 B');
    const after = fixed(document, 'MPS_MISMATCH');
    const below = ['rp0', 'sw0', 'sw0-p0', 'iopmem0', 'nic0'];
    for (const node of below) expect(after.functions.find(({ id }) => id === node)?.mpsBytes).toBe(128);
    expect(after.functions.find(({ id }) => id === 'nvme0')?.mpsBytes).toBe(256);
  });

  it('BAR_DOES_NOT_FIT adds up what a window must hold, and shrinks the largest', () => {
    const large = iopmem('iopmem9', 'rp3', { gen: 4, width: 8, capacityBytes: 512 * GIB });
    const document = withFunctions([BIG_PORT, large]);
    const check = found(document, 'BAR_DOES_NOT_FIT');
    expect(check.message.replaceAll(/\s/g, ' ')).toMatch(
      /need the 64-bit window of pcie0, which has 256 GiB; the largest is BAR 4 of iopmem9 with 512 GiB/,
    );
    expect(fixed(document, 'BAR_DOES_NOT_FIT').functions.find(({ id }) => id === 'iopmem9')?.bars[0]?.sizeBytes).toBe(
      128 * GIB,
    );
  });

  it('PEER_REDIRECTED names the bit and the pair, and clears it', () => {
    const bits = { capability: 0x5f, control: ACS_BITS.p2pRequestRedirect | ACS_BITS.sourceValidation };
    const document = changed('sw0-p1', { acs: bits });
    const check = found(document, 'PEER_REDIRECTED');
    expect(check.message).toBe(
      'P2P Request Redirect on sw0-p1 sends packets between nic0 and iopmem0 through the host.',
    );
    expect(fixed(document, 'PEER_REDIRECTED').functions.find(({ id }) => id === 'sw0-p1')?.acs?.control).toBe(
      ACS_BITS.sourceValidation,
    );
    const elsewhere = changed('sw0-p2', { acs: bits });
    expect(checksOf(elsewhere).map(({ code }) => code)).not.toContain('PEER_REDIRECTED');
  });

  it('UPLINK_OVERSUBSCRIBED counts the ports that hold something', () => {
    expect(found(defaultMachine, 'UPLINK_OVERSUBSCRIBED').message.replaceAll(/\s/g, ' ')).toBe(
      '3 Gen4 x8 ports of sw0 share one Gen4 x16 uplink: 47.26 GB/s could ask for 31.51 GB/s.',
    );
    const two = { ...defaultMachine, functions: defaultMachine.functions.filter(({ id }) => id !== 'iopmem1') };
    expect(checksOf(two).map(({ code }) => code)).not.toContain('UPLINK_OVERSUBSCRIBED');
  });

  it('EMPTY_PORT is one note for each switch or root complex', () => {
    const document = withFunctions([SMALL_PORT, BIG_PORT]);
    const notes = checksOf(document).filter(({ code }) => code === 'EMPTY_PORT');
    expect(notes.map(({ message }) => message)).toEqual([
      'sw0-p3 of sw0 holds nothing.',
      'rp2 and 1 more of pcie0 hold nothing.',
    ]);
  });

  it('NO_PORTS adds the first port of a blank machine', () => {
    const after = fixed(blankMachine(), 'NO_PORTS');
    expect(after.functions.map(({ kind }) => kind)).toEqual(['hostBridge', 'rootPort']);
  });

  it('TRANSFER_END_MISSING says what a blank machine lacks, and finds a pair once there is one', () => {
    expect(found(blankMachine(), 'TRANSFER_END_MISSING')).toMatchObject({ fixes: [], severity: 'warning' });
    const one = { ...defaultMachine, transfer: { ...defaultMachine.transfer, to: 'nic0' } };
    expect(fixed(one, 'TRANSFER_END_MISSING').transfer).toMatchObject({ from: 'nic0', to: 'iopmem0' });
  });

  it('TRANSFER_WITHOUT_ENGINE puts one in', () => {
    const document = { ...defaultMachine, transfer: { ...defaultMachine.transfer, from: 'iopmem1' } };
    expect(fixed(document, 'TRANSFER_WITHOUT_ENGINE').transfer).toMatchObject({ from: 'nic0', to: 'iopmem0' });
  });

  it('DUPLICATE_NAME renames the later one', () => {
    const document = changed('iopmem1', { name: 'iopmem0' });
    expect(fixed(document, 'DUPLICATE_NAME').functions.find(({ id }) => id === 'iopmem1')?.name).toBe('iopmem 2');
  });

  it('BUS_NUMBERS_SHORT takes what is free up to the next root complex', () => {
    const document = { ...defaultMachine, hostBridges: defaultMachine.hostBridges.map((b) => ({ ...b, lastBus: 3 })) };
    expect(found(document, 'BUS_NUMBERS_SHORT').message).toContain('7 bridges below pcie0');
    expect(fixed(document, 'BUS_NUMBERS_SHORT').hostBridges[0]?.lastBus).toBe(255);
  });

  it('FUNCTION_ZERO_MISSING makes the first one function 0', () => {
    const document = changed('rp1', { fn: 3 });
    expect(found(document, 'FUNCTION_ZERO_MISSING').message).toContain('function 3');
    fixed(document, 'FUNCTION_ZERO_MISSING');
  });

  it('HOST_MEMORY_UNEVEN rounds up to a multiple of the sockets', () => {
    const memory = { ...defaultMachine.host.memory, sockets: 2, channels: 3 };
    const document = { ...defaultMachine, host: { ...defaultMachine.host, memory } };
    expect(fixed(document, 'HOST_MEMORY_UNEVEN').host.memory.channels).toBe(4);
  });

  it('name objects as they are told to', () => {
    const [first] = checksOf(defaultMachine, (node) => `<${node}>`);
    expect(first?.message).toContain('of <sw0>');
  });

  it('pass on what validation finds beyond them, each with a key of its own', () => {
    const document = changed('sw0-p1', { acs: { capability: 1, control: 3 } });
    expect(checksOf(document).find(({ code }) => code === 'ACS_CONTROL_NOT_OFFERED')?.node).toBe('sw0-p1');
    for (const preset of presets) {
      const keys = checksOf(preset.document).map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});
