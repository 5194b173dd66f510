/*
 * Every place of the machine for something one holds: what would happen there, or why it cannot go there.
 */
import { rateText, sizeText } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { type EditTarget, targetKey, type Refusal, type TargetOffer, type TargetsFor } from './api.ts';
import { clipCargo, liftedTree, partCargo, requestedPart, treeCargo } from './cargo.ts';
import { stepsBetween } from './distance.ts';
import { withChannel, addSocket } from './hostParts.ts';
import { linkText, shortfallOf, trainedLink, writeBytesPerSecond } from './links.ts';
import { holdsBytes } from './references.ts';
import { allTargets, type Cargo, freeDevice, placeRefusal, type Site, siteOf } from './places.ts';

/** The device distances are told to: an end of the transfer that stays, else the first that has memory. */
function landmark({ document }: Site, moving: ReadonlySet<NodeId>): FunctionSpec | undefined {
  const stays = (fn: FunctionSpec): boolean => !moving.has(fn.id) && holdsBytes(fn);
  const { from, to } = document.transfer;
  const ends = [to, from].flatMap((id) => document.functions.filter((fn) => fn.id === id && stays(fn)));
  return ends[0] ?? document.functions.find(stays);
}

function mpsBelow(port: FunctionSpec, cargo: Cargo): number {
  return Math.min(port.mpsBytes ?? port.mpsSupportedBytes ?? cargo.mpsBytes, cargo.mpsBytes);
}

function portPreview(site: Site, cargo: Cargo, port: FunctionSpec, far: FunctionSpec | undefined): string {
  if (port.link === undefined || cargo.link === undefined) return `Goes below ${site.nameOf(port.id)}`;
  const trained = trainedLink(port.link, cargo.link);
  if (trained === undefined) return `The link of ${site.nameOf(port.id)} is disabled: it would not train`;
  const rate = rateText(writeBytesPerSecond(trained, mpsBelow(port, cargo)));
  const distance =
    far === undefined || !cargo.hasBytes
      ? ''
      : `, distance ${stepsBetween(site.index, port.id, far.id)} to ${site.nameOf(far.id)}`;
  return `Would train ${linkText(trained)}, ${rate}${distance}`;
}

function busPreview(site: Site, cargo: Cargo, node: NodeId): string {
  const device = freeDevice(site, node, cargo.moving) ?? 0;
  const where = `Becomes device ${hex(device, 2)} on the bus of ${site.nameOf(node)}`;
  if (cargo.link === undefined) return where;
  const own = { gen: cargo.link.maxGen, width: cargo.link.maxWidth };
  return `${where}, up to ${linkText(own)}, ${rateText(writeBytesPerSecond(own, cargo.mpsBytes))}`;
}

function hostPreview({ document }: Site, target: EditTarget): string {
  if (target.kind === 'memory') {
    const { memory } = withChannel(document.host);
    const rate = rateText(memory.channels * memory.channelBytesPerSecond);
    return `Would make ${memory.channels} channels, ${sizeText(memory.sizeBytes)}, ${rate} peak`;
  }
  const bridge = addSocket(document).document.hostBridges.at(-1);
  if (bridge === undefined) return '';
  const segment = bridge.segment === 0 ? '' : ` of segment ${bridge.segment}`;
  return `Would own buses ${hex(bridge.rootBus, 2)} to ${hex(bridge.lastBus, 2)}${segment}, NUMA node ${bridge.numaNode}`;
}

function preview(site: Site, cargo: Cargo, target: EditTarget, far: FunctionSpec | undefined): string {
  if (!('node' in target)) return hostPreview(site, target);
  const port = site.index.functions.get(target.node);
  if (target.kind === 'link') {
    const retimers = (port?.link?.retimers ?? 0) + 1;
    return `${retimers} of 2, ${10 * retimers} ns more each way`;
  }
  return target.kind === 'port' && port !== undefined
    ? portPreview(site, cargo, port, far)
    : busPreview(site, cargo, target.node);
}

function offer(site: Site, cargo: Cargo, target: EditTarget, far: FunctionSpec | undefined): TargetOffer {
  const key = targetKey(target);
  const refused = placeRefusal(site, cargo, target);
  if (refused !== undefined) return { target, key, legal: false, reason: refused.message, code: refused.code };
  const port = target.kind === 'port' ? site.index.functions.get(target.node) : undefined;
  const shortfall =
    port?.link === undefined || cargo.link === undefined
      ? undefined
      : shortfallOf(port.link, cargo.link, mpsBelow(port, cargo));
  return { target, key, legal: true, preview: preview(site, cargo, target, far), shortfall };
}

function nowhere(targets: readonly EditTarget[], refused: Refusal): readonly TargetOffer[] {
  return targets.map((target) => ({
    target,
    key: targetKey(target),
    legal: false,
    reason: refused.message,
    code: refused.code,
  }));
}

/** For a clip of several trees the offers are for the first; the others follow it to the next free places. */
export const targetsFor: TargetsFor = (document, subject, nameOf) => {
  const site = siteOf(document, nameOf);
  const targets = allTargets(site);
  const all = (cargo: Cargo): readonly TargetOffer[] => {
    const far = landmark(site, cargo.moving);
    return targets.map((target) => offer(site, cargo, target, far));
  };
  switch (subject.kind) {
    case 'subtree': {
      const tree = liftedTree(site, subject.node);
      return tree.ok ? all(treeCargo(site, tree.value)) : nowhere(targets, tree.error);
    }
    case 'clip': {
      const [first] = subject.clip.trees;
      const cargo = first === undefined ? undefined : clipCargo(first);
      return cargo === undefined
        ? nowhere(targets, { code: 'CLIP_INVALID', message: 'There is nothing to paste.' })
        : all(cargo);
    }
    case 'part': {
      const part = requestedPart(subject.request);
      if (!part.ok) return nowhere(targets, part.error);
      const far = landmark(site, new Set());
      // A DMA engine is another thing on a root bus than on a port.
      const onRootBus = partCargo(site, part.value, subject.request, { kind: 'rootBus', node: '' });
      const elsewhere = partCargo(site, part.value, subject.request, { kind: 'port', node: '' });
      return targets.map((target) => offer(site, target.kind === 'rootBus' ? onRootBus : elsewhere, target, far));
    }
  }
};
