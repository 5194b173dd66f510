/*
 * What the parts of the palette are made of.
 */
import { GIB, KIB, MIB } from '../../base/units.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import {
  gpu,
  identity,
  iopmem,
  type LinkOptions,
  memoryBar,
  nic,
  nvme,
  portId,
  rootComplexDma,
  rootPort,
  serialNumber,
  switchPorts,
} from '../build.ts';
import type { PartId, PartOptions } from './api.ts';
import { partOf } from './catalogue.ts';
import type { FreshNames } from './freshNames.ts';

/** Where the root of a part goes. */
export interface PartPlace {
  readonly parent: NodeId;
  readonly device: number;
  /** The parent is a root bus: a DMA engine is integrated there. */
  readonly onRootBus: boolean;
}

const WIRE_BITS_PER_SECOND = 200e9;

interface Making {
  readonly fresh: FreshNames;
  readonly place: PartPlace;
  readonly link: LinkOptions;
  readonly options: PartOptions;
}

type Maker = (making: Making) => readonly FunctionSpec[];

function endpoint(
  id: NodeId,
  { place, link }: Making,
  more: Pick<FunctionSpec, 'identity' | 'bars'> & Partial<FunctionSpec>,
): FunctionSpec {
  const { model: _model, ...card } = iopmem(id, place.parent, { ...link, capacityBytes: MIB });
  return { ...card, interruptPin: 1, ...more };
}

function makeDma(making: Making): readonly FunctionSpec[] {
  const { fresh, place } = making;
  const id = fresh.id('dma');
  if (place.onRootBus) return [rootComplexDma(id, place)];
  return [
    endpoint(id, making, {
      // The identity of a common programmable-logic DMA bridge.
      identity: identity('10ee:9048', 0x088000),
      bars: [memoryBar(0, 64 * KIB, false)],
      model: { type: 'dma' },
    }),
  ];
}

/** The device driver courses use: class 00ff, 1 MiB of 32-bit registers with an engine behind them. */
function makeTeaching(making: Making): readonly FunctionSpec[] {
  return [
    endpoint(making.fresh.id('edu'), making, {
      identity: identity('1234:11e8', 0x00ff00, 0x10),
      bars: [{ index: 0, space: 'memory', widthBits: 32, prefetchable: false, sizeBytes: MIB }],
      model: { type: 'dma' },
    }),
  ];
}

/** Function 0 owns the link; the others share it, and the card's serial number. */
function makeMultiFunction({ fresh, place, link, options }: Making): readonly FunctionSpec[] {
  const count = options.functions ?? 2;
  const along = (id: NodeId): readonly NodeId[] => Array.from({ length: count - 1 }, (_, k) => `${id}-f${k + 1}`);
  const first = fresh.id('card', along);
  return [first, ...along(first)].map((id, fn) => {
    const { link: own, ...spec } = nic(id, place.parent, { ...link, wireBitsPerSecond: WIRE_BITS_PER_SECOND / count });
    return {
      ...spec,
      ...(fn === 0 && own !== undefined ? { link: own } : {}),
      device: place.device,
      fn,
      name: fn === 0 ? first : `${first} function ${fn}`,
      serialNumber: serialNumber(first),
    };
  });
}

function makeSwitch({ fresh, place, link, options }: Making): readonly FunctionSpec[] {
  const count = options.ports ?? 4;
  const numbers = Array.from({ length: count }, (_, port) => port);
  const id = fresh.id('sw', (candidate) => numbers.map((port) => portId(candidate, port)));
  const width = link.width === 16 ? 8 : link.width;
  return switchPorts(
    id,
    { parent: place.parent, device: place.device },
    {
      name: fresh.nameLike(`Switch ${id}`),
      upstream: link,
      downstream: numbers.map(() => ({ gen: link.gen, width, slot: fresh.slot() })),
    },
  );
}

/** One more port of a switch: like those it has (acs, identity and serial number are the owner's business). */
function makeDownstreamPort({ fresh, place, link }: Making): readonly FunctionSpec[] {
  const [, port] = switchPorts(
    place.parent,
    { parent: place.parent },
    { upstream: link, downstream: [{ ...link, slot: fresh.slot() }] },
  );
  if (port === undefined) return [];
  const id = fresh.idLike(portId(place.parent, place.device));
  return [{ ...port, id, device: place.device, name: fresh.nameLike(`Switch ${place.parent} port ${place.device}`) }];
}

function makePciBridge({ fresh, place, link }: Making): readonly FunctionSpec[] {
  const id = fresh.id('br');
  return [
    {
      id,
      name: fresh.nameLike(`PCI bridge ${id}`),
      parent: place.parent,
      device: place.device,
      fn: 0,
      kind: 'pcieToPciBridge',
      // The identity that emulators give this kind of bridge.
      identity: identity('1b36:000e', 0x060400),
      bars: [],
      mpsSupportedBytes: 256,
      mpsBytes: 256,
      link: { maxGen: link.gen, maxWidth: link.width },
      serialNumber: serialNumber(id),
    },
  ];
}

function makePciDevice({ fresh, place }: Making): readonly FunctionSpec[] {
  const id = fresh.id('pci');
  return [
    {
      id,
      name: id,
      parent: place.parent,
      device: place.device,
      fn: 0,
      kind: 'pciDevice',
      // The identity of a common gigabit adapter of its time.
      identity: identity('8086:100e', 0x020000, 3),
      bars: [{ index: 0, space: 'memory', widthBits: 32, prefetchable: false, sizeBytes: 128 * KIB }],
      interruptPin: 1,
      model: { type: 'generic' },
    },
  ];
}

const MAKERS: Readonly<Partial<Record<PartId, Maker>>> = {
  gpu: ({ fresh, place, link }) => [gpu(fresh.id('gpu'), place.parent, { ...link, apertureBytes: 32 * GIB })],
  nic: ({ fresh, place, link }) => [
    nic(fresh.id('nic'), place.parent, { ...link, wireBitsPerSecond: WIRE_BITS_PER_SECOND }),
  ],
  iopmem: ({ fresh, place, link }) => [iopmem(fresh.id('iopmem'), place.parent, { ...link, capacityBytes: 256 * MIB })],
  nvme: ({ fresh, place, link }) => [
    nvme(fresh.id('nvme'), place.parent, {
      ...link,
      capacityBytes: 3.84e12,
      readBytesPerSecond: 7e9,
      writeBytesPerSecond: 4e9,
      cmbBytes: 64 * MIB,
    }),
  ],
  dma: makeDma,
  teaching: makeTeaching,
  multiFunction: makeMultiFunction,
  switch: makeSwitch,
  rootPort: ({ fresh, place, link }) => [rootPort(fresh.id('rp'), place, { ...link, slot: fresh.slot() })],
  downstreamPort: makeDownstreamPort,
  pciBridge: makePciBridge,
  pciDevice: makePciDevice,
};

/** The functions of a part, its root first; empty for parts that are no functions. */
export function partFunctions(
  part: PartId,
  options: PartOptions,
  place: PartPlace,
  fresh: FreshNames,
): readonly FunctionSpec[] {
  const standard = partOf(part)?.link;
  const link: LinkOptions = {
    gen: options.gen ?? standard?.gen ?? 1,
    width: options.width ?? standard?.width ?? 1,
  };
  return MAKERS[part]?.({ fresh, place, link, options }) ?? [];
}
