/*
 * The default machine with one thing changed, so that a comparison has one cause.
 */
import { ACS_BITS } from '../../core/pcie/acs.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import { transfer, withIommu } from '../build.ts';
import { defaultMachine } from './defaultMachine.ts';

const portOfNic = defaultMachine.functions.find(({ id }) => id === 'nic0')?.parent;

function changeFunction(
  document: TopologyDocument,
  id: NodeId,
  change: (fn: FunctionSpec) => FunctionSpec,
): TopologyDocument {
  return { ...document, functions: document.functions.map((fn) => (fn.id === id ? change(fn) : fn)) };
}

/** IOMMU on, host bridge not on the kernel's list: the switch redirects and the kernel refuses. */
export const acsRedirect: TopologyDocument = {
  ...withIommu(defaultMachine),
  name: 'ACS redirect, refused',
  description:
    'The default machine with its IOMMU on: every port redirects peer traffic, and this host is not trusted.',
};

/** The same on a host bridge that is on the list: allowed, but every byte goes up to the root complex and down again. */
export const acsRedirectAllowed: TopologyDocument = {
  ...changeFunction(acsRedirect, 'hb0', (fn) => ({
    ...fn,
    identity: { ...fn.identity, vendorId: 0x8086, deviceId: 0x09a2, subsystemVendorId: 0x8086, subsystemId: 0x09a2 },
  })),
  name: 'ACS redirect, allowed',
  description: 'IOMMU on and a host bridge the kernel trusts: peer traffic is allowed, through the root complex.',
};

/** Peer ports that nic0's port keeps requests from: bit n is port n, iopmem0 is below port 0. */
const KEPT_FROM_IOPMEM0 = 0b1;

/**
 * A switch whose ports offer egress control, and firmware that used it: what nic0 sends to iopmem0 ends at its port as
 * an ACS violation, what it sends to iopmem1 goes straight across. Linux takes any of RR, CR and EC for a redirect.
 */
export const acsEgressControl: TopologyDocument = {
  ...defaultMachine,
  name: 'ACS egress control: one peer kept away',
  description:
    'Firmware set P2P Egress Control on the port of nic0: requests to iopmem0 are stopped, those to iopmem1 are not. Linux does not read the vector and refuses both.',
  functions: defaultMachine.functions.map((fn) => {
    if (fn.kind !== 'downstreamPort' || fn.acs === undefined) return fn;
    const acs = { ...fn.acs, capability: fn.acs.capability | ACS_BITS.p2pEgressControl };
    if (fn.id !== portOfNic) return { ...fn, acs };
    const control = acs.control | ACS_BITS.p2pEgressControl;
    return { ...fn, acs: { ...acs, control, egressVector: KEPT_FROM_IOPMEM0 } };
  }),
};

/** The NIC trained four of its eight lanes. */
export const x4Bottleneck: TopologyDocument = {
  ...changeFunction(defaultMachine, 'nic0', (fn) => ({
    ...fn,
    ...(fn.link === undefined ? {} : { link: { ...fn.link, limitWidth: 4 } }),
  })),
  name: 'A link that trained at x4',
  description: 'The NIC came up with four of its eight lanes. Which number in lspci says so, and what does it cost?',
};

/** Device reads device: the NIC sends what is in iopmem0. */
export const peerRead: TopologyDocument = {
  ...defaultMachine,
  name: 'Peer read: memory to the wire',
  description: 'The NIC sends what lies in iopmem0: reads between peers, which wait for answers, instead of writes.',
  transfer: transfer('iopmem0', 'nic0'),
};
