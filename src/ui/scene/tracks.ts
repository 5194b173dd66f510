/* Which places of a machine have a throughput track: where the job leaves, where it arrives, the uplink, DRAM. */
import type { ChartFlow, ThroughputTrack } from '../../render/charts/chartHandles.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import type { MachineDescription, RunWay } from '../../engine/protocol.ts';
import { arrivalLink, linkAboveNode, uplinkOf } from '../../store/metrics.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { nodeName } from '../names.ts';

function flowOf(way: RunWay): ChartFlow {
  return way === 'p2p' ? 'p2p' : 'bounce';
}

/** What reaches the destination, with its link's capacity as limit. */
export function arrivalTrack(document: TopologyDocument, machine: MachineDescription, way: RunWay): ThroughputTrack {
  return {
    id: 'arrival',
    label: nodeName(document, document.transfer.to),
    direction: 'down',
    flow: flowOf(way),
    read: (series, bin) => series.arrived(bin),
    limitBytesPerSecond: arrivalLink(document, machine)?.link.bytesPerSecond,
  };
}

function departureTrack(
  document: TopologyDocument,
  machine: MachineDescription,
  way: RunWay,
): ThroughputTrack | undefined {
  const link = linkAboveNode(document, machine, document.transfer.from);
  if (link === undefined) return undefined;
  return {
    id: 'departure',
    label: nodeName(document, document.transfer.from),
    direction: 'up',
    flow: flowOf(way),
    read: (series, bin) => series.link(bin, link.index, UPSTREAM),
    limitBytesPerSecond: link.bytesPerSecond,
  };
}

function uplinkTrack(
  document: TopologyDocument,
  machine: MachineDescription,
  way: RunWay,
): ThroughputTrack | undefined {
  const link = uplinkOf(document, machine);
  if (link === undefined) return undefined;
  return {
    id: 'uplink',
    label: 'Uplink',
    direction: 'both',
    flow: flowOf(way),
    read: (series, bin) => series.link(bin, link.index, UPSTREAM) + series.link(bin, link.index, DOWNSTREAM),
    limitBytesPerSecond: 2 * link.bytesPerSecond,
  };
}

/** The tracks of Watch, top to bottom. */
export function watchTracks(
  document: TopologyDocument,
  machine: MachineDescription,
  way: RunWay,
): readonly ThroughputTrack[] {
  const { memory } = document.host;
  const dram: ThroughputTrack = {
    id: 'dram',
    label: 'DRAM',
    direction: undefined,
    flow: flowOf(way),
    read: (series, bin) => series.memory(bin),
    limitBytesPerSecond: memory.channels * memory.channelBytesPerSecond,
  };
  return [
    departureTrack(document, machine, way),
    arrivalTrack(document, machine, way),
    uplinkTrack(document, machine, way),
    dram,
  ].filter((track) => track !== undefined);
}
