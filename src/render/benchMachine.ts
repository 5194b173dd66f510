/*
 * A machine of 200 devices for measuring the drawing: four sockets, each with two root ports, switches below
 * them, five switches below each of those, five devices each. Numbered like an enumerated machine; no engine.
 */
import { bdf, segmentBdfText } from '../core/pcie/bdf.ts';
import { linkBytesPerSecond } from '../core/pcie/link.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import type { FunctionDescription, LinkDescription, MachineDescription } from '../engine/protocol.ts';
import {
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  rootPort,
  switchPorts,
  transfer,
} from '../topology/build.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { MIB } from '../base/units.ts';

const SOCKETS = 4;
const ROOT_PORTS = 2;
const SWITCHES = 5;
const DEVICES = 5;
const GEN = 4;
const WIDE = { gen: GEN, width: 16 } as const;
const NARROW = { gen: GEN, width: 8 } as const;

/** The document. */
export function benchDocument(): TopologyDocument {
  const functions: FunctionSpec[] = [];
  const bridges = Array.from({ length: SOCKETS }, (_, socket) =>
    hostBridge(`pcie${socket}`, { rootBus: socket * 64, lastBus: socket * 64 + 63, numaNode: socket }),
  );
  bridges.forEach((bridge, socket) => {
    functions.push(hostBridgeFunction(`hb${socket}`, bridge.id));
    for (let port = 0; port < ROOT_PORTS; port += 1) {
      const id = `s${socket}r${port}`;
      functions.push(rootPort(id, { parent: bridge.id, device: port + 1 }, WIDE));
      functions.push(
        ...switchPorts(
          `${id}x`,
          { parent: id },
          { upstream: WIDE, downstream: Array.from({ length: SWITCHES }, () => WIDE) },
        ),
      );
      for (let below = 0; below < SWITCHES; below += 1) {
        const inner = `${id}x${below}`;
        functions.push(
          ...switchPorts(
            inner,
            { parent: `${id}x-p${below}` },
            { upstream: WIDE, downstream: Array.from({ length: DEVICES }, () => NARROW) },
          ),
        );
        for (let device = 0; device < DEVICES; device += 1) {
          functions.push(iopmem(`${inner}m${device}`, `${inner}-p${device}`, { ...NARROW, capacityBytes: MIB }));
        }
      }
    }
  });
  return machineDocument({
    name: 'Two hundred devices',
    description: 'For measuring the drawing.',
    hostBridges: bridges,
    functions,
    transfer: transfer('s0r0x0m0', 's0r0x0m1'),
  });
}

/** What an engine would say of the document: bus numbers in depth-first order, a link below every port. */
export function benchDescription(document: TopologyDocument): MachineDescription {
  const functions: FunctionDescription[] = [];
  const links: LinkDescription[] = [];
  const index = new Map(document.functions.map((fn, at) => [fn.id, at]));
  const visit = (parent: string, bus: number): number => {
    let last = bus;
    for (const fn of document.functions.filter((candidate) => candidate.parent === parent)) {
      const isBridge = fn.kind === 'rootPort' || fn.kind === 'upstreamPort' || fn.kind === 'downstreamPort';
      const secondary = last + 1;
      if (isBridge) last = visit(fn.id, secondary);
      functions.push({
        id: fn.id,
        index: index.get(fn.id) ?? 0,
        bdf: segmentBdfText(0, bdf(bus & 0xff, fn.device, fn.fn)),
        buses: isBridge ? { primary: bus, secondary, subordinate: last } : undefined,
        bars: [],
        mpsBytes: 256,
        mrrsBytes: 512,
        acsControl: undefined,
      });
    }
    return last;
  };
  for (const bridge of document.hostBridges) visit(bridge.id, bridge.rootBus);
  for (const lower of document.functions) {
    const upper = document.functions.find((fn) => fn.id === lower.parent);
    if (upper === undefined || (upper.kind !== 'rootPort' && upper.kind !== 'downstreamPort')) continue;
    const width = upper.link?.maxWidth === 16 && lower.link?.maxWidth === 16 ? 16 : 8;
    links.push({
      index: links.length,
      upper: upper.id,
      lower: lower.id,
      up: true,
      gen: GEN,
      width,
      bytesPerSecond: linkBytesPerSecond(GEN, width),
      propagation_ps: 1500,
    });
  }
  return {
    functions: functions.toSorted((a, b) => a.index - b.index),
    links,
    memories: [],
    diagnostics: [],
    plan: { way: 'p2p', legs: [], refused: undefined },
    destination: undefined,
    verdict: undefined,
  };
}
