import type { TopologyDocument } from '../document.ts';
import { defaultMachine } from './defaultMachine.ts';
import { gpuServer, nestedSwitches, slowRootComplex, twoRootPorts, twoSockets } from './machines.ts';
import { MEASUREMENT_MACHINES } from './measurements.ts';
import { acsEgressControl, acsRedirect, acsRedirectAllowed, peerRead, x4Bottleneck } from './variants.ts';

/** A machine to start from. `title` and `description` are the document's own name and description. */
export interface Preset {
  /** What the command line and share links use: `[a-z0-9-]+`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly document: TopologyDocument;
}

const preset = (id: string, document: TopologyDocument): Preset => ({
  id,
  title: document.name,
  description: document.description,
  document,
});

/** All presets, in the order menus show them. The first is the one the page opens with. */
export const presets: readonly Preset[] = [
  preset('default', defaultMachine),
  preset('peer-read', peerRead),
  preset('acs-redirect', acsRedirect),
  preset('acs-redirect-allowed', acsRedirectAllowed),
  preset('acs-egress-control', acsEgressControl),
  preset('x4-bottleneck', x4Bottleneck),
  preset('two-root-ports', twoRootPorts),
  preset('slow-root-complex', slowRootComplex),
  preset('nested-switches', nestedSwitches),
  preset('gpu-server', gpuServer),
  preset('two-sockets', twoSockets),
  ...MEASUREMENT_MACHINES.map(([id, document]) => preset(id, document)),
];

/** The preset with this id, or undefined. */
export function findPreset(id: string): Preset | undefined {
  return presets.find((candidate) => candidate.id === id);
}
