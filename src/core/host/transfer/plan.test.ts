import { describe, expect, it } from 'vitest';
import { GIB, MIB } from '../../../base/units.ts';
import { bdf } from '../../pcie/bdf.ts';
import type { DeviceModel, FunctionKind } from '../../pcie/machineSpec.ts';
import type { MapType } from '../../pcie/verdict.ts';
import type { HostBar, HostFunction, HostView } from '../hostView.ts';
import { type DeviceCapability, capabilitiesOf } from './capabilities.ts';
import type { JobPlan, TransferMethod, TransferOrder } from './jobPlan.ts';
import { planTransfer } from './plan.ts';
import type { PlanningBoard } from './planningBoard.ts';

const NIC: DeviceModel = { type: 'nic', wireBitsPerSecond: 1e9 };
const IOPMEM: DeviceModel = { type: 'iopmem' };
const DMA: DeviceModel = { type: 'dma' };
const GPU: DeviceModel = { type: 'gpu', apertureBar: 2 };
const drive = (cmbBar?: number): DeviceModel => ({
  type: 'nvme',
  capacityBytes: GIB,
  readBytesPerSecond: 1e9,
  writeBytesPerSecond: 1e9,
  ...(cmbBar === undefined ? {} : { cmbBar }),
});

interface Device {
  readonly name: string;
  readonly model: DeviceModel;
  readonly bars: readonly (readonly [number, number])[];
  readonly kind?: FunctionKind;
}

function memoryBar(index: number, sizeBytes: number, address: number | undefined): HostBar {
  return { index, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes, address };
}

function hostFunction(index: number, device: Device): HostFunction {
  return {
    index,
    segment: 0,
    bdf: bdf(index + 1, 0, 0),
    upstreamBridge: undefined,
    hostBridge: 0,
    kind: device.kind ?? 'endpoint',
    vendorId: 1,
    deviceId: index,
    classCode: 0,
    headerType: 0,
    multiFunction: false,
    bars: device.bars.map(([bar, size]) =>
      memoryBar(bar, Math.abs(size), size < 0 ? undefined : 2 ** 38 + index * 2 ** 32 + bar * 2 ** 28),
    ),
    buses: undefined,
    windows: undefined,
    acs: undefined,
    pcieOffset: 0x80,
    mpsBytes: 256,
    mpsSupportedBytes: 256,
    mrrsBytes: 512,
    physicalFunction: undefined,
  };
}

/** A planner's board with these devices; `refused` lists `provider client` pairs the kernel does not support. */
function board(devices: readonly Device[], refused: readonly string[] = [], freeHostBytes = GIB): PlanningBoard {
  const functions = devices.map((device, index) => hostFunction(index, device));
  const view: HostView = {
    hostBridges: [{ segment: 0, rootBus: 0, lastBus: 255, numaNode: 0 }],
    functions,
    cpu: { vendor: 'intel', family: 6 },
    iommu: 'off',
    diagnostics: [],
  };
  const nameOf = (fn: number): string => devices[fn]?.name ?? '?';
  return {
    view,
    capabilities: capabilitiesOf(
      view,
      devices.map(({ model }, fn) => ({ fn, model })),
    ),
    nameOf,
    verdictOf: (provider, client) => {
      const pair = `${nameOf(provider)} ${nameOf(client)}`;
      const mapType: MapType = refused.includes(pair) ? 'NOT_SUPPORTED' : 'BUS_ADDR';
      return { mapType, sentence: `The kernel refuses ${pair}.` };
    },
    freeHostBytes,
  };
}

const nic: Device = { name: 'nic', model: NIC, bars: [[0, 65_536]] };
const memory: Device = { name: 'memory', model: IOPMEM, bars: [[4, 16 * MIB]] };
const other: Device = { name: 'other', model: IOPMEM, bars: [[4, 16 * MIB]] };
const gpu: Device = {
  name: 'gpu',
  model: GPU,
  bars: [
    [0, 65_536],
    [2, 16 * MIB],
  ],
};
const cmbDrive: Device = {
  name: 'cmb',
  model: drive(4),
  bars: [
    [0, 16_384],
    [4, MIB],
  ],
};
const plainDrive: Device = { name: 'drive', model: drive(), bars: [[0, 16_384]] };
const engine: Device = { name: 'engine', model: DMA, bars: [[0, 16_384]] };
const rootEngine: Device = { ...engine, name: 'root', kind: 'rcEndpoint' };

function plan(on: PlanningBoard, method: TransferMethod, more: Partial<TransferOrder> = {}) {
  return planTransfer(on, {
    from: 0,
    to: 1,
    bytes: MIB,
    method,
    chunkBytes: 65_536,
    buffers: 2,
    force: false,
    ...more,
  });
}

/** `engine: source → target` for each leg. */
function legs(on: PlanningBoard, planned: ReturnType<typeof plan>): readonly string[] {
  if (!planned.ok) return [planned.error.code];
  const name = (party: JobPlan['legs'][number]['engine']): string => (party === 'cpu' ? 'cpu' : on.nameOf(party));
  return planned.value.legs.map((leg) => `${name(leg.engine)}: ${leg.source.kind} → ${leg.target.kind}`);
}

describe('planning peer-to-peer', () => {
  const cases: readonly (readonly [string, readonly Device[], readonly string[]])[] = [
    ['A’s engine pushes into B’s memory', [nic, memory], ['nic: inner → window']],
    ['A’s engine pushes even where B has one', [gpu, gpu], ['gpu: inner → window']],
    ['B’s engine pulls where only it can', [memory, nic], ['nic: window → inner']],
    ['a third engine moves between two memories', [memory, other, engine], ['engine: window → window']],
    ['through B’s buffer, which B empties itself', [nic, cmbDrive], ['nic: inner → stage', 'cmb: stage → inner']],
    ['through A’s buffer, which A fills itself', [cmbDrive, nic], ['cmb: inner → stage', 'nic: stage → inner']],
    ['two engines without addressable memory cannot meet', [nic, plainDrive], ['P2P_NO_ADDRESSABLE_MEMORY']],
    ['two memories and no engine cannot start', [memory, other], ['P2P_NO_ENGINE']],
  ];
  it.each(cases)('%s', (_, devices, expected) => {
    const on = board(devices);
    expect(legs(on, plan(on, 'p2p'))).toEqual(expected);
  });

  it('is refused in the kernel’s words, and runs if forced', () => {
    const on = board([nic, memory], ['memory nic']);
    const refused = plan(on, 'p2p');
    expect(refused.ok ? undefined : refused.error).toMatchObject({
      code: 'P2P_NOT_SUPPORTED',
      message: 'The kernel refuses memory nic.',
    });
    expect(legs(on, plan(on, 'p2p', { force: true }))).toEqual(['nic: inner → window']);
  });

  it('takes another engine when the kernel refuses the first', () => {
    const on = board([memory, other, rootEngine, engine], ['memory root', 'other root']);
    expect(legs(on, plan(on, 'p2p'))).toEqual(['engine: window → window']);
  });

  it('makes chunks as small as the buffer of a drive needs', () => {
    const planned = plan(board([nic, cmbDrive]), 'p2p', { chunkBytes: 16 * MIB });
    expect(planned.ok && planned.value.chunkBytes).toBe(MIB / 2);
  });
});

describe('planning through host memory', () => {
  it('uses the devices’ own engines', () => {
    const on = board([nic, gpu]);
    expect(legs(on, plan(on, 'bounce'))).toEqual(['nic: inner → stage', 'gpu: stage → inner']);
  });

  it('uses an engine in the root complex without asking, one elsewhere if it is allowed', () => {
    const asked = board([nic, memory, engine], ['memory engine']);
    expect(legs(asked, plan(asked, 'bounce'))).toEqual(['BOUNCE_NO_ENGINE']);
    const allowed = board([nic, memory, engine]);
    expect(legs(allowed, plan(allowed, 'bounce'))).toEqual(['nic: inner → stage', 'engine: stage → window']);
    const inside = board([nic, memory, engine, rootEngine], ['memory engine', 'memory root']);
    expect(legs(inside, plan(inside, 'bounce'))).toEqual(['nic: inner → stage', 'root: stage → window']);
  });

  it('lets the CPU store into memory that has addresses', () => {
    const on = board([nic, memory]);
    expect(legs(on, plan(on, 'copy'))).toEqual(['nic: inner → stage', 'cpu: stage → window']);
  });

  it('lets the CPU copy to a second buffer where the device has to read it itself', () => {
    const on = board([memory, nic]);
    expect(legs(on, plan(on, 'copy'))).toEqual(['cpu: window → stage', 'cpu: stage → stage', 'nic: stage → inner']);
  });
});

describe('what every plan checks', () => {
  it('refuses ends that have nothing to give or take', () => {
    expect(legs(board([engine, memory]), plan(board([engine, memory]), 'p2p'))).toEqual(['TRANSFER_NO_STORE']);
    const unassigned: Device = { ...memory, bars: [[4, -16 * MIB]] };
    const planned = plan(board([nic, unassigned]), 'p2p');
    expect(planned.ok ? undefined : planned.error).toMatchObject({ code: 'TRANSFER_NO_ADDRESS' });
    expect(planned.ok ? '' : planned.error.message).toContain('BAR 4 has no address');
  });

  it('refuses a memory whose bus addresses another function has, too', () => {
    const on = board([nic, memory]);
    const [first, second] = on.view.functions;
    if (first === undefined || second === undefined) throw new Error('two functions');
    const view = { ...on.view, functions: [first, second, { ...second, index: 2 }] };
    const knowledge = [NIC, IOPMEM, IOPMEM].map((model, fn) => ({ fn, model }));
    const planned = plan({ ...on, view, capabilities: capabilitiesOf(view, knowledge) }, 'bounce');
    expect(planned.ok ? '' : planned.error.message).toContain('those of another function');
  });

  it('refuses more bytes than an end holds', () => {
    expect(legs(board([nic, memory]), plan(board([nic, memory]), 'bounce', { bytes: 16 * MIB + 1 }))).toEqual([
      'TRANSFER_TOO_LARGE',
    ]);
  });

  it('refuses sizes that make no sense', () => {
    const on = board([nic, memory]);
    expect(legs(on, plan(on, 'p2p', { bytes: 0 }))).toEqual(['TRANSFER_EMPTY']);
    expect(legs(on, plan(on, 'p2p', { bytes: 1.5 }))).toEqual(['TRANSFER_EMPTY']);
    expect(legs(on, plan(on, 'copy', { chunkBytes: 5000 }))).toEqual(['TRANSFER_CHUNK_SIZE']);
  });

  it('refuses staging that host memory has no room for', () => {
    const on = board([nic, memory, rootEngine], [], 4096);
    expect(legs(on, plan(on, 'bounce'))).toEqual(['TRANSFER_NO_HOST_MEMORY']);
  });

  it('knows what each device can do', () => {
    const on = board([nic, memory, gpu, cmbDrive, plainDrive, engine]);
    const of = (fn: number): Partial<DeviceCapability> => on.capabilities.get(fn) ?? {};
    expect(of(0)).toMatchObject({ window: undefined, capacityBytes: Infinity, engine: { inner: true } });
    expect(of(1)).toMatchObject({ engine: undefined, capacityBytes: 16 * MIB });
    expect(of(2)).toMatchObject({ engine: { inner: true }, window: { sizeBytes: 16 * MIB } });
    expect(of(3)).toMatchObject({ window: undefined, buffer: { sizeBytes: MIB }, capacityBytes: GIB });
    expect(of(4)).toMatchObject({ window: undefined, buffer: undefined, capacityBytes: GIB });
    expect(of(5)).toMatchObject({ engine: { inner: false }, capacityBytes: 0 });
  });
});
