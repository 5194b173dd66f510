/*
 * The palette as a table. What a row is made of is in partFunctions.ts; host parts, which are no functions, in hostParts.ts.
 */
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { Part, PartId, PartOption } from './api.ts';

const PORTS: PartOption = { id: 'ports', label: 'Downstream ports', minimum: 1, maximum: 16, standard: 4 };
const FUNCTIONS: PartOption = { id: 'functions', label: 'Functions', minimum: 2, maximum: 8, standard: 2 };

const edge = (gen: LinkGen, width: LinkWidth): Part['link'] => ({ gen, width });

type Row = Omit<Part, 'options' | 'link'> & Partial<Pick<Part, 'options' | 'link'>>;

const row = (part: Row): Part => ({ ...part, link: part.link, options: part.options ?? [] });

/** Every part, in the order of the palette. */
export const PARTS: readonly Part[] = [
  row({
    id: 'gpu',
    group: 'Endpoints',
    label: 'GPU',
    help: 'An accelerator: 32 GiB of memory behind BAR 2 and a copy engine.',
    key: 'g',
    icon: 'gpu',
    link: edge(5, 16),
    fact: '32 GiB',
  }),
  row({
    id: 'nic',
    group: 'Endpoints',
    label: 'NIC',
    help: 'A network adapter with two 100 GbE ports: it writes and reads wherever its rings point.',
    key: 'n',
    icon: 'nic',
    link: edge(4, 8),
    fact: '2 × 100 GbE',
  }),
  row({
    id: 'iopmem',
    group: 'Endpoints',
    label: 'iopmem',
    help: '256 MiB of memory behind BAR 4 that never starts a transfer itself: the peer everyone else writes to.',
    key: 'i',
    icon: 'memory',
    link: edge(4, 8),
    fact: '256 MiB',
  }),
  row({
    id: 'dma',
    group: 'Endpoints',
    label: 'DMA engine',
    help: 'Moves bytes between any two addresses. On a root bus it is part of the root complex, on a port it is a card.',
    key: 'd',
    icon: 'dma',
    link: edge(4, 8),
    fact: 'two places',
  }),
  row({
    id: 'nvme',
    group: 'Endpoints',
    label: 'NVMe',
    help: 'A drive: 3.84 TB behind an engine, with 64 MiB of controller memory in BAR 4.',
    key: 'v',
    icon: 'drive',
    link: edge(4, 4),
    fact: '3.84 TB',
  }),
  row({
    id: 'teaching',
    group: 'Endpoints',
    label: 'Teaching device',
    help: 'The identity drivers are learned with, 1234:11e8: 1 MiB of BAR 0, an interrupt pin, a small DMA engine.',
    key: 'e',
    icon: 'teaching',
    link: edge(1, 1),
    fact: '1234:11e8',
  }),
  row({
    id: 'multiFunction',
    group: 'Endpoints',
    label: 'Multi-function card',
    help: 'One card with several NIC functions, each with BARs and registers of its own, behind one link.',
    key: 'm',
    icon: 'functions',
    link: edge(4, 8),
    fact: '2 to 8',
    options: [FUNCTIONS],
  }),
  row({
    id: 'switch',
    group: 'Fabric',
    label: 'Switch',
    help: 'One upstream port, an internal bus, and downstream ports that pass packets between each other.',
    key: 's',
    icon: 'switch',
    link: edge(4, 16),
    fact: '1 + 4',
    options: [PORTS],
  }),
  row({
    id: 'rootPort',
    group: 'Fabric',
    label: 'Root port',
    help: 'Where a link leaves the root complex; takes one card or switch.',
    key: 'r',
    icon: 'rootPort',
    link: edge(5, 16),
    fact: 'up to x16',
  }),
  row({
    id: 'downstreamPort',
    group: 'Fabric',
    label: 'Switch port',
    help: 'One more downstream port on a switch that is already there.',
    key: 'p',
    icon: 'rootPort',
    link: edge(4, 8),
    fact: 'up to 32',
  }),
  row({
    id: 'pciBridge',
    group: 'Fabric',
    label: 'PCIe-to-PCI bridge',
    help: 'A conventional PCI bus of 32 devices behind one link.',
    key: 'b',
    icon: 'bridge',
    link: edge(1, 1),
    fact: 'PCI bus',
  }),
  row({
    id: 'pciDevice',
    group: 'Fabric',
    label: 'Conventional device',
    help: 'A PCI device without PCI Express; it sits on the bus behind a bridge.',
    key: 'c',
    icon: 'conventional',
    fact: 'PCI',
  }),
  row({
    id: 'retimer',
    group: 'Fabric',
    label: 'Retimer',
    help: 'Receives and sends a link’s signal again half way; two at most on one link.',
    key: 't',
    icon: 'retimer',
    fact: '10 ns',
  }),
  row({
    id: 'socket',
    group: 'Host',
    label: 'CPU socket',
    help: 'One more root complex with its own buses, cores and memory channels.',
    key: 'u',
    icon: 'cpu',
    fact: 'NUMA node',
  }),
  row({
    id: 'dimm',
    group: 'Host',
    label: 'DIMM',
    help: 'One more memory channel of each socket, of the kind the machine has. An NVDIMM counts as one: that it keeps its content is not modelled.',
    key: 'o',
    icon: 'dimm',
    fact: 'channel',
  }),
];

const BY_ID: ReadonlyMap<PartId, Part> = new Map(PARTS.map((part) => [part.id, part]));

/** The row of a part. */
export function partOf(id: PartId): Part | undefined {
  return BY_ID.get(id);
}
