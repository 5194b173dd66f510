/* Changes to a document as pure functions: document in, document out. The store gives them a label and undo. */
import { ACS_BITS, ACS_REDIRECT_MASK, type AcsBitName } from '../core/pcie/acs.ts';
import type { FunctionSpec, HostSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { shortBdf } from '../base/format.ts';
import { bootWithoutRedirect, entryFor, type BdfOf } from './kernelWords.ts';

/** The document with one function changed. */
export function changeFunction(
  document: TopologyDocument,
  node: NodeId,
  change: (fn: FunctionSpec) => FunctionSpec,
): TopologyDocument {
  return { ...document, functions: document.functions.map((fn) => (fn.id === node ? change(fn) : fn)) };
}

/** The document with its host's IOMMU set. */
export function setIommu(document: TopologyDocument, iommu: HostSpec['iommu']): TopologyDocument {
  return { ...document, host: { ...document.host, iommu } };
}

/** Clears the bits that make these ports redirect (RR, CR, EC), as firmware leaves them. */
export function clearRedirects(document: TopologyDocument, nodes: readonly NodeId[]): TopologyDocument {
  return nodes.reduce(
    (changed, node) =>
      changeFunction(changed, node, (fn) =>
        fn.acs === undefined ? fn : { ...fn, acs: { ...fn.acs, control: fn.acs.control & ~ACS_REDIRECT_MASK } },
      ),
    document,
  );
}

/** Something the user can do about a verdict, as a button that edits the document. */
export interface Fix {
  readonly label: string;
  /** What it costs or means, in one sentence. */
  readonly note: string;
  readonly document: TopologyDocument;
}

const REDIRECT_NAMES: readonly { readonly bit: AcsBitName; readonly name: string }[] = [
  { bit: 'p2pRequestRedirect', name: 'P2P Request Redirect' },
  { bit: 'p2pCompletionRedirect', name: 'P2P Completion Redirect' },
  { bit: 'p2pEgressControl', name: 'P2P Egress Control' },
];

const MOST_NAMED = 2;

/** `02:00.0, 02:01.0` … `and 3 more`. */
function portList(ports: readonly string[]): string {
  const rest = ports.length - MOST_NAMED;
  if (rest <= 0) return ports.join(', ');
  return `${ports.slice(0, MOST_NAMED).join(', ')} and ${rest} more`;
}

function redirectNames(control: number): string {
  const names = REDIRECT_NAMES.filter((row) => (control & ACS_BITS[row.bit]) !== 0).map((row) => row.name);
  return names.length === 1 ? (names[0] ?? '') : 'the redirect bits';
}

function eachFunction(
  document: TopologyDocument,
  nodes: readonly NodeId[],
  change: (document: TopologyDocument, fn: FunctionSpec) => TopologyDocument,
): TopologyDocument {
  return nodes.reduce((changed, node) => {
    const fn = changed.functions.find((candidate) => candidate.id === node);
    return fn === undefined ? changed : change(changed, fn);
  }, document);
}

/** `config_acs` has the last word also where no IOMMU asks for ACS: its bits would come back at boot. */
function withoutForcedRedirect(document: TopologyDocument, nodes: readonly NodeId[], bdfOf: BdfOf): TopologyDocument {
  return eachFunction(document, nodes, (changed, fn) =>
    entryFor(changed, bdfOf, fn, 'config_acs') === undefined ? changed : bootWithoutRedirect(changed, bdfOf, fn),
  );
}

/**
 * What would keep this pair's bytes below their common bridge. With an IOMMU that asks for ACS, Linux sets the
 * bits again at boot, so there the kernel's own parameter is the fix; else clearing the registers is.
 * @param bdfOf BDFs of the machine the verdict is of; needed where the command line names a function by its path.
 * @returns fixes in the order to offer them; none where the pair has no bridge in common.
 * @spec semantics reference A-1…A-6
 */
export function fixesFor(
  document: TopologyDocument,
  verdict: PeerVerdict,
  bdfOf: BdfOf = () => undefined,
): readonly Fix[] {
  const { redirectors } = verdict;
  if (verdict.commonBridge === undefined || redirectors.length === 0) return [];
  const ports = portList(redirectors.map((redirector) => shortBdf(redirector.bdf)));
  const nodes = redirectors.map((redirector) => redirector.node);
  const known = new Map(redirectors.map((redirector) => [redirector.node, redirector.bdf]));
  const bdfs: BdfOf = (node) => known.get(node) ?? bdfOf(node);
  const fixes: Fix[] = [];
  if (document.host.iommu === 'off') {
    const combined = redirectors.reduce((bits, redirector) => bits | redirector.acsControl, 0);
    const edited = withoutForcedRedirect(clearRedirects(document, nodes), nodes, bdfs);
    fixes.push({
      label: `Clear ${redirectNames(combined)} on ${ports}`,
      note: 'Writes the ports’ ACS Control registers.',
      document: edited,
    });
  }
  if (verdict.kernelParameter !== undefined && document.host.iommu !== 'off') {
    const edited = eachFunction(document, nodes, (changed, fn) => bootWithoutRedirect(changed, bdfs, fn));
    if (edited !== document) {
      fixes.push({
        label: `Boot without redirect on ${ports}`,
        note: 'Devices below these ports can then reach each other unchecked.',
        document: edited,
      });
    }
  }
  if (document.host.iommu !== 'off') {
    fixes.push({
      label: 'Turn the IOMMU off',
      note: 'Linux then leaves these bits clear, and no device is kept out of memory any more.',
      document: withoutForcedRedirect(clearRedirects(setIommu(document, 'off'), nodes), nodes, bdfs),
    });
  }
  return fixes;
}
