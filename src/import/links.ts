/*
 * Links: what both ends can do, what they did when the text was taken, and what is assumed for the simulation.
 */
import { LINK_GENS, LINK_WIDTHS, linkRate, type LinkGen, type LinkWidth } from '../core/pcie/link.ts';
import type { LinkEndSpec } from '../core/pcie/machineSpec.ts';
import { drivesLink } from '../topology/documentIndex.ts';
import { deviceRole } from './deviceModels.ts';
import type { LinkFacts } from './facts.ts';
import type { ImportLog } from './importLog.ts';
import { LINE_CLASS } from './lines.ts';
import { nodeBdf } from './nodeIds.ts';
import { isRootBus, type ImportedTree, type TreeNode } from './tree.ts';

interface Ability {
  readonly gen: LinkGen;
  readonly width: LinkWidth;
}

/** The generation of a speed code; undefined for 0 (unknown) and reserved codes. */
function genOf(code: number | undefined): LinkGen | undefined {
  return LINK_GENS.find((gen) => gen === code);
}

/** The widest modelled width not above `lanes`: x12 counts as x8, x32 as x16. */
function widthOf(lanes: number | undefined): LinkWidth | undefined {
  if (lanes === undefined || lanes < 1) return undefined;
  return LINK_WIDTHS.filter((width) => width <= lanes).at(-1);
}

function abilityOf(facts: LinkFacts | undefined): Partial<Ability> {
  const gen = genOf(facts?.gen);
  const width = widthOf(facts?.width);
  return { ...(gen === undefined ? {} : { gen }), ...(width === undefined ? {} : { width }) };
}

/** What a device of this role usually has, when nothing says it. */
const USUAL_WIDTHS: ReadonlyMap<string, LinkWidth> = new Map<string, LinkWidth>([
  ['nvme', 4],
  ['gpu', 16],
  ['nic', 8],
  ['sw', 16],
  ['iopmem', 8],
]);
const USUAL_GEN: LinkGen = 3;

/** The node at the lower end of a port's link. */
function partnerOf(port: TreeNode): TreeNode | undefined {
  return port.children.find(
    (child) => child.facts.device === 0 && child.facts.fn === 0 && child.physicalFunction === undefined,
  );
}

function usualAbility(node: TreeNode): Ability {
  const role = node.kind === 'upstreamPort' ? 'sw' : deviceRole(node.facts);
  return { gen: USUAL_GEN, width: USUAL_WIDTHS.get(role) ?? 4 };
}

/** Capability of a node: its own registers, else its status, else that of the other end, else what is usual. */
function settle(node: TreeNode, other: TreeNode | undefined, log: ImportLog): Ability {
  const own = abilityOf(node.facts.express?.capability);
  if (own.gen !== undefined && own.width !== undefined) return { gen: own.gen, width: own.width };
  const status = abilityOf(node.facts.express?.status);
  const opposite = abilityOf(other?.facts.express?.capability);
  const usual = usualAbility(other !== undefined && drivesLink(node.kind) ? other : node);
  const ability = {
    gen: own.gen ?? status.gen ?? opposite.gen ?? usual.gen,
    width: own.width ?? status.width ?? opposite.width ?? usual.width,
  };
  log.assume(
    'LINK_ASSUMED',
    [node.id],
    `The link of ${node.id} can do Gen${ability.gen} x${ability.width}.`,
    node.facts.express === undefined
      ? 'The text has no link capability of this function (run lspci as root to see it).'
      : 'Its Link Capabilities register does not say.',
  );
  return ability;
}

/** What Link Status said; left out where its speed code means nothing. */
function observedOf(node: TreeNode): Pick<LinkEndSpec, 'observed'> {
  const status = node.facts.express?.status;
  const gen = genOf(status?.gen);
  if (status === undefined || gen === undefined) return {};
  return { observed: { gen, width: Math.min(32, status.width), active: status.active } };
}

function markStatus(node: TreeNode): void {
  const ref = node.facts.linkStatusLine;
  if (ref !== undefined) ref.input.mark(ref.line, LINE_CLASS.assumption);
}

/** The status of a link as either end says it; undefined while it is down. */
function trainedStatus(port: TreeNode, partner: TreeNode): Partial<Ability> {
  const below = partner.facts.express?.status;
  const above = port.facts.express?.status;
  const status = below !== undefined && below.width > 0 ? below : above;
  return status === undefined || status.width === 0 ? {} : abilityOf(status);
}

/** Speeds come from the capability, widths from the status: both are said. */
function assumeTrained(port: TreeNode, partner: TreeNode, both: Ability, log: ImportLog): LinkWidth | undefined {
  const trained = trainedStatus(port, partner);
  if (trained.gen !== undefined && trained.gen < both.gen) {
    markStatus(port);
    markStatus(partner);
    log.assume(
      'LINK_SPEED_FROM_CAPABILITY',
      [partner.id],
      `Links run at Gen${both.gen}, as both ends can.`,
      `Link Status says ${linkRate(trained.gen).laneRateGTps} GT/s; idle devices slow their links down.`,
    );
  }
  if (trained.width === undefined || trained.width >= both.width) return undefined;
  markStatus(port);
  markStatus(partner);
  log.assume(
    'LINK_WIDTH_FROM_STATUS',
    [partner.id],
    `The link of ${partner.id} has ${trained.width} lanes.`,
    `Link Status says x${trained.width}, although both ends can do x${both.width}; lanes that did not train stay off.`,
  );
  return trained.width;
}

/**
 * Link ends of all nodes that have one: ports, and function 0 of what is below them. A device that shows a
 * link on a root bus keeps its description; there is no port to negotiate with.
 */
export function describeLinks(tree: ImportedTree, log: ImportLog): ReadonlyMap<TreeNode, LinkEndSpec> {
  const ends = new Map<TreeNode, LinkEndSpec>();
  for (const node of tree.nodes) {
    if (drivesLink(node.kind)) describeLink(node, ends, log);
    else if (isRootBus(node.parent) && node.facts.express?.capability !== undefined) describeLoneEnd(node, ends);
  }
  return ends;
}

function describeLink(port: TreeNode, ends: Map<TreeNode, LinkEndSpec>, log: ImportLog): void {
  const partner = partnerOf(port);
  const above = settle(port, partner, log);
  const portEnd: LinkEndSpec = { maxGen: above.gen, maxWidth: above.width, ...observedOf(port) };
  ends.set(port, portEnd);
  if (partner === undefined) return;
  const below = settle(partner, port, log);
  const gen = Math.min(above.gen, below.gen);
  const width = Math.min(above.width, below.width);
  const both = { gen: genOf(gen) ?? below.gen, width: widthOf(width) ?? below.width };
  const limitWidth = assumeTrained(port, partner, both, log);
  ends.set(partner, {
    maxGen: below.gen,
    maxWidth: below.width,
    ...(limitWidth === undefined ? {} : { limitWidth }),
    ...observedOf(partner),
  });
  noteUnmodelledWidth(port, log);
  noteUnmodelledWidth(partner, log);
}

function describeLoneEnd(node: TreeNode, ends: Map<TreeNode, LinkEndSpec>): void {
  const ability = abilityOf(node.facts.express?.capability);
  if (node.kind === 'hostBridge' || ability.gen === undefined || ability.width === undefined) return;
  ends.set(node, { maxGen: ability.gen, maxWidth: ability.width, ...observedOf(node) });
}

function noteUnmodelledWidth(node: TreeNode, log: ImportLog): void {
  const lanes = node.facts.express?.capability?.width ?? 0;
  const width = widthOf(lanes);
  if (width === undefined || width === lanes) return;
  log.assume(
    'LINK_WIDTH_ROUNDED',
    [node.id],
    `x${lanes} links are modelled as x${width}.`,
    `Link Capabilities of ${nodeBdf(node)} and others say x${lanes}; x1, x2, x4, x8 and x16 are modelled.`,
  );
}
