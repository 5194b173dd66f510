/*
 * The four values of an ACS control register as a machine has them: offered, left by firmware, written by Linux,
 * and why Linux wrote that (semantics reference A-1…A-5).
 */
import type { AcsBitName } from '../core/pcie/acs.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { entryFor, type BdfOf } from './kernelWords.ts';

export interface AcsBitWords {
  readonly name: AcsBitName;
  readonly short: string;
  readonly long: string;
  /** What the bit does at a port (semantics reference 3.2). */
  readonly effect: string;
}

/** Bit 0 first, as the kernel's flags are read from the right. */
export const ACS_BIT_WORDS: readonly AcsBitWords[] = [
  {
    name: 'sourceValidation',
    short: 'SV',
    long: 'Source Validation',
    effect: 'A request from below must carry a bus number of this port, else it is an ACS violation.',
  },
  {
    name: 'translationBlocking',
    short: 'TB',
    long: 'Translation Blocking',
    effect: 'A request from below that claims to be translated is an ACS violation.',
  },
  {
    name: 'p2pRequestRedirect',
    short: 'RR',
    long: 'P2P Request Redirect',
    effect: 'Requests from below to a peer port go to the root complex instead.',
  },
  {
    name: 'p2pCompletionRedirect',
    short: 'CR',
    long: 'P2P Completion Redirect',
    effect: 'Completions from below to a peer port go to the root complex, unless relaxed ordering is set on them.',
  },
  {
    name: 'upstreamForwarding',
    short: 'UF',
    long: 'Upstream Forwarding',
    effect: 'What comes from below and is addressed below this very port goes up; without it, it is unsupported.',
  },
  {
    name: 'p2pEgressControl',
    short: 'EC',
    long: 'P2P Egress Control',
    effect: 'Requests to the peer ports of the egress vector are stopped, or redirected where RR is set.',
  },
  {
    name: 'directTranslatedP2p',
    short: 'DT',
    long: 'Direct Translated P2P',
    effect: 'Translated requests go straight to the peer, whatever RR and EC say.',
  },
];

/** BDFs as a machine has them. */
export function bdfsOf(machine: MachineDescription | undefined): BdfOf {
  const bdfs = new Map((machine?.functions ?? []).map((fn) => [fn.id, fn.bdf]));
  return (node) => bdfs.get(node);
}

export interface AcsFacts {
  readonly capability: number;
  readonly firmware: number;
  /** As the booted machine holds it; undefined while there is none. */
  readonly written: number | undefined;
  readonly rule: 'A-2' | 'A-3' | 'A-4' | 'A-5';
  readonly sentence: string;
}

function originOf(document: TopologyDocument, fn: FunctionSpec, bdfOf: BdfOf): Pick<AcsFacts, 'rule' | 'sentence'> {
  const forced = entryFor(document, bdfOf, fn, 'config_acs');
  if (forced !== undefined)
    return { rule: 'A-5', sentence: `config_acs=${forced} has the last word: flags over what firmware left.` };
  const disabled = entryFor(document, bdfOf, fn, 'disable_acs_redir');
  if (disabled !== undefined)
    return { rule: 'A-4', sentence: `disable_acs_redir=${disabled}: what firmware left, without RR, CR and EC.` };
  if (document.host.iommu === 'off')
    return { rule: 'A-3', sentence: 'The IOMMU is off, so Linux leaves what firmware set.' };
  return { rule: 'A-2', sentence: 'An IOMMU is on: Linux adds SV, RR, CR and UF where the port offers them.' };
}

/**
 * What is known of a function's ACS; undefined if it has no ACS capability.
 * @param bdfOf the machine's BDFs, for who asks about many functions.
 */
export function acsFacts(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  fn: FunctionSpec,
  bdfOf: BdfOf = bdfsOf(machine),
): AcsFacts | undefined {
  if (fn.acs === undefined) return undefined;
  const { capability, control } = fn.acs;
  const written = machine?.functions.find((candidate) => candidate.id === fn.id)?.acsControl;
  return { capability, firmware: control & capability, written, ...originOf(document, fn, bdfOf) };
}
