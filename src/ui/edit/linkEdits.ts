/*
 * A link as one thing to set: which two ends it has, what they agree on, what it carries. Changes are pure.
 */
import { linkBytesPerSecond } from '../../core/pcie/link.ts';
import type { FunctionSpec, LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { nominalBytesPerSecond, operationCost, type LinkSetting } from '../../core/pcie/throughput.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { drivesLink } from '../../topology/documentIndex.ts';
import { trainedLink, type TrainedLink } from '../../topology/edit/links.ts';

/** Both ends of a link; `lower` is absent where nothing is plugged in. */
export interface LinkEnds {
  readonly upper: FunctionSpec;
  readonly lower: FunctionSpec | undefined;
}

/** The link of a function: below a port that drives one, above anything else. */
export function linkOf(document: TopologyDocument, node: NodeId): LinkEnds | undefined {
  const fn = document.functions.find((candidate) => candidate.id === node);
  if (fn === undefined) return undefined;
  const isUpper = drivesLink(fn.kind);
  const upper = isUpper ? fn : document.functions.find((candidate) => candidate.id === fn.parent);
  if (upper === undefined || !drivesLink(upper.kind) || upper.link === undefined) return undefined;
  const lower = document.functions.find(
    (candidate) =>
      candidate.parent === upper.id &&
      candidate.device === 0 &&
      candidate.fn === 0 &&
      candidate.virtualFunctionOf === undefined,
  );
  return { upper, lower: lower?.link === undefined ? undefined : lower };
}

/** What the two ends agree on; undefined where there is one end, or one is switched off. */
export function trainedOf({ upper, lower }: LinkEnds): TrainedLink | undefined {
  return upper.link === undefined || lower?.link === undefined ? undefined : trainedLink(upper.link, lower.link);
}

function endOf(document: TopologyDocument, node: NodeId): LinkEndSpec | undefined {
  return document.functions.find((fn) => fn.id === node)?.link;
}

/** The document in which every other port's link is set as this one's; what is plugged in stays as it is. */
export function copyToAllLinks(document: TopologyDocument, from: NodeId): TopologyDocument {
  const source = endOf(document, from);
  if (source === undefined) return document;
  const { observed: _seen, disabled: _off, ...settings } = source;
  return {
    ...document,
    functions: document.functions.map((fn) => {
      if (fn.id === from || fn.link === undefined || !drivesLink(fn.kind)) return fn;
      const { observed, disabled } = fn.link;
      const own = { ...(observed === undefined ? {} : { observed }), ...(disabled === undefined ? {} : { disabled }) };
      return { ...fn, link: { ...settings, ...own } };
    }),
  };
}

export interface LinkFigures {
  readonly lineBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  readonly readBytesPerSecond: number;
  /** Time one TLP with `mpsBytes` of payload takes on the wire. */
  readonly writeTime_ps: number;
}

/**
 * What a link carries one way, from the closed forms.
 * @spec performance reference 3.1, 3.3
 */
export function figuresOf(trained: TrainedLink, mpsBytes: number, mrrsBytes: number): LinkFigures {
  const setting: LinkSetting = {
    gen: trained.gen,
    lanes: trained.width,
    mpsBytes,
    mrrsBytes,
    rcbBytes: 64,
    completionChunk: 'mps',
    addressBits: 64,
    ecrc: false,
  };
  const line = linkBytesPerSecond(trained.gen, trained.width);
  const cost = operationCost(setting, 'write', mpsBytes);
  return {
    lineBytesPerSecond: line,
    writeBytesPerSecond: nominalBytesPerSecond(setting, 'write', mpsBytes),
    readBytesPerSecond: nominalBytesPerSecond(setting, 'read', mrrsBytes),
    writeTime_ps: Math.round((cost.txWireBytes / line) * PS_PER_SECOND),
  };
}
