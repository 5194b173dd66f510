/*
 * The machines of the published measurements, by preset id. What was measured and what the model gives is in
 * src/validation/measurementTable.ts, found by the document's `measurement`.
 */
import type { TopologyDocument } from '../document.ts';
import * as betweenGpus from './measurementsGpu.ts';
import * as withHost from './measurementsHost.ts';
import * as betweenPeers from './measurementsPeer.ts';

/** In the order menus show them. */
export const MEASUREMENT_MACHINES: readonly (readonly [id: string, document: TopologyDocument])[] = [
  ['m-iopmem-write', betweenPeers.iopmemWrite],
  ['m-iopmem-read', betweenPeers.iopmemRead],
  ['m-iopmem-dram', betweenPeers.iopmemDram],
  ['m-bdw-1-ssd', betweenPeers.broadwellOne],
  ['m-bdw-2-ssd', betweenPeers.broadwellTwo],
  ['m-bdw-3-ssd', betweenPeers.broadwellThree],
  ['m-bdw-host', betweenPeers.broadwellHost],
  ['m-gen5-ssd-gpu', betweenPeers.fourDrivesOneGpu],
  ['m-epyc-gpu', betweenGpus.epycOneWay],
  ['m-epyc-gpu-both', betweenGpus.epycBothWays],
  ['m-epyc-bounce', betweenGpus.epycBounce],
  ['m-epyc-p2p', betweenGpus.epycPeer],
  ['m-epyc-sockets', betweenGpus.epycSockets],
  ['m-gen5-gpu', betweenGpus.switchPairGen5],
  ['m-gen4-switch', betweenGpus.gen4SwitchDirect],
  ['m-gen4-switch-redirect', betweenGpus.gen4SwitchRedirect],
  ['m-intel-client', betweenPeers.intelClient],
  ['m-six-gpu', betweenGpus.sixGpuPeer],
  ['m-six-gpu-bounce', betweenGpus.sixGpuBounce],
  ['m-bench-reads', withHost.benchReads],
  ['m-bench-writes', withHost.benchWrites],
  ['m-bench-latency-llc', withHost.benchLatencyCache],
  ['m-bench-latency-dram', withHost.benchLatencyDram],
  ['m-bench-numa', withHost.benchRemoteSocket],
  ['m-iotlb-miss', withHost.iotlbLatency],
  ['m-iotlb-reach', withHost.iotlbReach],
  ['m-iotlb-thrash', withHost.iotlbThrash],
  ['m-fpga-dma', withHost.fpgaEngine],
  ['m-nvme-gen3', withHost.driveGen3],
  ['m-nvme-gen5', withHost.driveGen5],
  ['m-gpu-h2d', withHost.gpuHostToDevice],
  ['m-wc-store', withHost.writeCombining],
  ['m-uc-load', withHost.uncachedLoads],
  ['m-wc-load', withHost.streamingLoads],
];
