/*
 * Checks of links: what a card loses where it is, what is switched off, what several ports share.
 */
import { rateText } from '../../base/format.ts';
import { linkBytesPerSecond } from '../../core/pcie/link.ts';
import type { FunctionSpec, LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { drivesLink, linkPartner } from '../documentIndex.ts';
import type { CheckFix } from './api.ts';
import { finding, fixBy, changeFunction, withoutLinkFields, type Rule } from './checkTools.ts';
import { moveSubtree } from './commands.ts';
import { linkText, ownLink, rememberedRates, shortfallOf, trainedLink, type TrainedLink } from './links.ts';
import { cargoOf } from './place.ts';
import { placeRefusal, type Site } from './places.ts';
import { functionsBelow, treeOf } from './trees.ts';

interface LinkInPlace {
  readonly port: FunctionSpec;
  readonly portEnd: LinkEndSpec;
  readonly card: FunctionSpec;
  readonly cardEnd: LinkEndSpec;
}

function linksOf({ document, index }: Site): readonly LinkInPlace[] {
  return document.functions.flatMap((port) => {
    if (!drivesLink(port.kind) || port.link === undefined) return [];
    const card = linkPartner(index, port);
    return card?.link === undefined ? [] : [{ port, portEnd: port.link, card, cardEnd: card.link }];
  });
}

function freePorts({ document, index }: Site): readonly FunctionSpec[] {
  return document.functions.filter(
    (fn) => drivesLink(fn.kind) && fn.link !== undefined && (index.children.get(fn.id) ?? []).length === 0,
  );
}

const mpsOf = (fn: FunctionSpec): number => fn.mpsBytes ?? fn.mpsSupportedBytes ?? 128;
/** Bytes a second on the wire: enough to compare links. */
const rawRate = ({ gen, width }: TrainedLink): number => linkBytesPerSecond(gen, width);

/** The free port where the card would be fastest, if it is faster there than here. */
function betterPort(site: Site, free: readonly FunctionSpec[], { card, cardEnd }: LinkInPlace, now: TrainedLink) {
  const faster = free
    .flatMap((port) => {
      const link = port.link === undefined ? undefined : trainedLink(port.link, cardEnd);
      return link === undefined || rawRate(link) <= rawRate(now) ? [] : [{ port, link }];
    })
    .sort((a, b) => rawRate(b.link) - rawRate(a.link));
  if (faster.length === 0) return undefined;
  const cargo = cargoOf(treeOf(site.index, card), card.id);
  return faster.find(({ port }) => placeRefusal(site, cargo, { kind: 'port', node: port.id }) === undefined);
}

function moveFix(site: Site, card: NodeId, port: NodeId): CheckFix {
  return {
    label: `Use ${site.nameOf(port)}`,
    apply: (document) => moveSubtree(document, card, { kind: 'port', node: port }),
  };
}

/** x16 card in an x8 slot; Gen5 card on a Gen4 port. Limits set on purpose are {@link limitedLinks}' business. */
export const shortLinks: Rule = (site, report) => {
  const free = freePorts(site);
  const rateOf = rememberedRates();
  for (const link of linksOf(site)) {
    const shortfall = shortfallOf(link.portEnd, link.cardEnd, mpsOf(link.card), rateOf);
    if (shortfall === undefined) continue;
    const { card, trained } = shortfall;
    const isNarrow = trained.width < card.width;
    const better = betterPort(site, free, link, trained);
    const name = site.nameOf(link.card.id);
    const rates = `${rateText(shortfall.trainedBytesPerSecond)}, not ${rateText(shortfall.cardBytesPerSecond)}`;
    report(
      finding({
        code: isNarrow ? 'LINK_TRAINS_BELOW_CARD' : 'GEN_LIMIT',
        severity: isNarrow ? 'warning' : 'note',
        node: link.card.id,
        message: isNarrow
          ? `${name} is x${card.width}, ${site.nameOf(link.port.id)} gives it ${linkText(trained)}: ${rates}.`
          : `${name} could run at Gen${card.gen}, ${site.nameOf(link.port.id)} gives it Gen${trained.gen}: ${rates}.`,
        fix:
          better === undefined
            ? `No free port is faster; add one with ${linkText(card)}.`
            : `${site.nameOf(better.port.id)} is free and would train ${linkText(better.link)}.`,
        fixes: better === undefined ? [] : [moveFix(site, link.card.id, better.port.id)],
      }),
    );
  }
};

/** Ends that are set below what they can do. */
export const limitedLinks: Rule = (site, report) => {
  for (const fn of site.document.functions) {
    if (fn.link === undefined) continue;
    const full = { gen: fn.link.maxGen, width: fn.link.maxWidth };
    const limited = ownLink(fn.link);
    if (limited.gen === full.gen && limited.width === full.width) continue;
    const name = site.nameOf(fn.id);
    report(
      finding({
        code: 'LINK_LIMITED',
        severity: 'note',
        node: fn.id,
        message: `${name} is ${linkText(full)} and limited to ${linkText(limited)}.`,
        fix: 'Take the limit away to let it train as both ends can.',
        fixes: [
          fixBy(`Lift the limit of ${name}`, [fn.id], (document) =>
            changeFunction(document, fn.id, (port) => withoutLinkFields(port, ['limitGen', 'limitWidth'])),
          ),
        ],
      }),
    );
  }
};

/** What no configuration request reaches: below a disabled link, or beside device 0 of a link. */
export const unreachable: Rule = (site, report) => {
  const { index, nameOf } = site;
  for (const { port, portEnd, card, cardEnd } of linksOf(site)) {
    if (portEnd.disabled !== true && cardEnd.disabled !== true) continue;
    const count = functionsBelow(index, port.id).length;
    report(
      finding({
        code: 'UNREACHABLE',
        severity: 'warning',
        node: port.id,
        message: `The link below ${nameOf(port.id)} is disabled: ${nameOf(card.id)} and what is below it (${count} in all) cannot be reached.`,
        fix: 'Enable the link.',
        fixes: [
          fixBy(`Enable the link below ${nameOf(port.id)}`, [port.id], (document) =>
            [port.id, card.id].reduce(
              (state, node) => changeFunction(state, node, (fn) => withoutLinkFields(fn, ['disabled'])),
              document,
            ),
          ),
        ],
      }),
    );
  }
  for (const fn of site.document.functions) {
    const port = index.functions.get(fn.parent);
    const isBeside = port !== undefined && drivesLink(port.kind) && fn.device !== 0;
    if (!isBeside || fn.virtualFunctionOf !== undefined) continue;
    report(
      finding({
        code: 'UNREACHABLE',
        severity: 'warning',
        node: fn.id,
        message: `${nameOf(fn.id)} is device ${fn.device} below ${nameOf(port.id)}; a link leads to device 0 only.`,
        fix: 'Move it to a port of its own.',
      }),
    );
  }
};

/** A switch whose ports can ask more of its uplink than it carries. */
export const sharedUplinks: Rule = (site, report) => {
  const links = linksOf(site);
  const byPort = new Map(links.map((link) => [link.port.id, link]));
  for (const { card, portEnd, cardEnd } of links) {
    const uplink = card.kind === 'upstreamPort' ? trainedLink(portEnd, cardEnd) : undefined;
    if (uplink === undefined) continue;
    const below = (site.index.children.get(card.id) ?? []).flatMap((port) => {
      const link = byPort.get(port.id);
      const trained = link === undefined ? undefined : trainedLink(link.portEnd, link.cardEnd);
      return trained === undefined ? [] : [trained];
    });
    const asked = below.reduce((sum, link) => sum + rawRate(link), 0);
    if (asked <= rawRate(uplink) * 1.001) continue;
    const widths = new Set(below.map(linkText));
    const ports = widths.size === 1 ? `${below.length} ${[...widths].join('')} ports` : `${below.length} ports`;
    report(
      finding({
        code: 'UPLINK_OVERSUBSCRIBED',
        severity: 'note',
        node: card.id,
        message: `${ports} of ${site.nameOf(card.id)} share one ${linkText(uplink)} uplink: ${rateText(asked)} could ask for ${rateText(rawRate(uplink))}.`,
        fix: 'Peers below the switch do not use the uplink; only traffic with the host and other switches is slowed.',
      }),
    );
  }
};
