import type { FunctionKind } from '../../core/pcie/machineSpec.ts';

/** What a function is, in words. */
export const KIND_WORDS: Readonly<Record<FunctionKind, string>> = {
  hostBridge: 'Host bridge function',
  rootPort: 'Root port',
  upstreamPort: 'Switch upstream port',
  downstreamPort: 'Switch downstream port',
  endpoint: 'Endpoint',
  legacyEndpoint: 'Legacy endpoint',
  rcEndpoint: 'Root-complex integrated endpoint',
  rcEventCollector: 'Root-complex event collector',
  pcieToPciBridge: 'PCIe-to-PCI bridge',
  pciToPcieBridge: 'PCI-to-PCIe bridge',
  pciBridge: 'PCI bridge',
  pciDevice: 'Conventional device',
};
