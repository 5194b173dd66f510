/*
 * Error handling of one machine, put together: reporter, link reports, what happens to links, injection.
 */
import type { NodeId } from '../../pcie/machineSpec.ts';
import type { ErrorLog } from '../fabric/errorLog.ts';
import { FabricErrors } from '../fabric/errors.ts';
import { LinkErrorReports } from '../fabric/errorsOfLinks.ts';
import type { InterruptSink } from '../hardware.ts';
import { FaultInjector, type FaultInjectorParts } from './faultInjector.ts';
import { LinkLife, type LinkLifeParts } from './linkLife.ts';

export interface ErrorHandlingParts
  extends LinkLifeParts, Pick<FaultInjectorParts, 'fabric' | 'registersOf' | 'machineCounters' | 'unmap'> {
  readonly log: ErrorLog;
  readonly onInterrupt: InterruptSink;
}

export class ErrorHandling {
  readonly errors: FabricErrors;
  readonly links: LinkLife;
  readonly injector: FaultInjector;

  /** Before traffic: it becomes the fabric's reporter. */
  constructor(parts: ErrorHandlingParts) {
    const { machine, fabric, log, onInterrupt } = parts;
    this.errors = new FabricErrors({
      machine,
      configs: parts.configs,
      events: fabric.events,
      pool: fabric.pool,
      log,
      idOf: (node) => parts.registersOf(node).requesterId,
      onInterrupt,
    });
    this.#connectMessages(parts);
    const indexOf = new Map(machine.functions.map((spec, index) => [spec.id, index]));
    const linkErrors = new LinkErrorReports(
      this.errors,
      parts.links.flatMap(({ port, lower }) => {
        const upper = indexOf.get(port.id);
        const below = lower === undefined ? undefined : indexOf.get(lower.id);
        return [
          { sender: upper, receiver: below },
          { sender: below, receiver: upper },
        ];
      }),
    );
    fabric.reporter = this.errors;
    fabric.linkErrors.sink = linkErrors;
    this.links = new LinkLife(parts);
    this.injector = new FaultInjector({ ...parts, links: this.links, errors: this.errors, linkErrors });
  }

  /** The messages of every function that is behind a link leave over the nearest one above it. */
  #connectMessages({ machine, links }: ErrorHandlingParts): void {
    const uplinks = new Map(links.map(({ port, transmitters }) => [port.id, transmitters[1]]));
    const exits = new Map([...uplinks].map(([port, egress]) => [port, { egress, source: egress.addSource() }]));
    const parentOf = new Map(machine.functions.map((spec) => [spec.id, spec.parent]));
    for (const [index, spec] of machine.functions.entries()) {
      if (spec.kind === 'rootPort') continue;
      let above: NodeId | undefined = spec.parent;
      while (above !== undefined && !exits.has(above)) above = parentOf.get(above);
      const exit = above === undefined ? undefined : exits.get(above);
      if (exit !== undefined) this.errors.setExit(index, exit);
    }
  }
}
