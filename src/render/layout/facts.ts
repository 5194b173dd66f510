/*
 * What the drawing prints about a machine. Before enumeration (or without an engine) links come from the
 * document alone, and numbers that only enumeration gives are missing.
 */
import { shortBdf } from '../../base/format.ts';
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { FunctionSpec, LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { FunctionDescription, MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { SizeLimits } from './deviceClasses.ts';

export interface LinkFacts {
  readonly gen: LinkGen;
  readonly lanes: LinkWidth;
  readonly up: boolean;
}

const LOWEST_GEN: LinkGen = 1;
const LOWEST_WIDTH: LinkWidth = 1;

function endGen(end: LinkEndSpec | undefined): LinkGen {
  if (end === undefined) return LOWEST_GEN;
  return end.limitGen !== undefined && end.limitGen < end.maxGen ? end.limitGen : end.maxGen;
}

function endWidth(end: LinkEndSpec | undefined): LinkWidth {
  if (end === undefined) return LOWEST_WIDTH;
  return end.limitWidth !== undefined && end.limitWidth < end.maxWidth ? end.limitWidth : end.maxWidth;
}

/** What two ends agree on: the lower of both. */
function negotiated(upper: LinkEndSpec | undefined, lower: LinkEndSpec | undefined): LinkFacts {
  const gens: readonly LinkGen[] = [endGen(upper), endGen(lower)];
  const widths: readonly LinkWidth[] = [endWidth(upper), endWidth(lower)];
  return {
    gen: gens.reduce((low, gen) => (gen < low ? gen : low)),
    lanes: widths.reduce((low, width) => (width < low ? width : low)),
    up: upper?.disabled !== true && lower?.disabled !== true,
  };
}

export class MachineFacts {
  readonly #functions: ReadonlyMap<NodeId, FunctionDescription>;
  readonly #links: ReadonlyMap<NodeId, LinkFacts>;

  constructor(document: TopologyDocument, machine: MachineDescription | undefined) {
    this.#functions = new Map(machine?.functions.map((fn) => [fn.id, fn]));
    const links = new Map<NodeId, LinkFacts>();
    const specs = new Map(document.functions.map((fn) => [fn.id, fn]));
    for (const fn of document.functions) {
      const port = specs.get(fn.parent);
      if (port === undefined || links.has(port.id)) continue;
      links.set(port.id, negotiated(port.link, fn.link));
    }
    for (const link of machine?.links ?? []) links.set(link.upper, { gen: link.gen, lanes: link.width, up: link.up });
    this.#links = links;
  }

  /** The link below a port; undefined for an empty one. */
  link(port: NodeId): LinkFacts | undefined {
    return this.#links.get(port);
  }

  /** `03:00.0`; empty before enumeration and for functions that got no number. */
  bdf(node: NodeId): string {
    return shortBdf(this.#functions.get(node)?.bdf ?? '');
  }

  /** Number of the bus below a port or bridge: `bus 02`. */
  secondaryBus(node: NodeId): string {
    const bus = this.#functions.get(node)?.buses?.secondary;
    return bus === undefined ? '' : `bus ${bus.toString(16).padStart(2, '0')}`;
  }

  limits(fn: FunctionSpec): SizeLimits | undefined {
    return this.#functions.get(fn.id);
  }
}
