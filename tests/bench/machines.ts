/* Machines for measuring the page, as documents: many devices to draw and edit, many flows to watch. */
import { MIB } from '../../src/base/units.ts';
import {
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  nic,
  rootPort,
  switchPorts,
  transfer,
} from '../../src/topology/build.ts';
import type { FlowSpec, TopologyDocument } from '../../src/topology/document.ts';
import type { FunctionSpec } from '../../src/core/pcie/machineSpec.ts';

const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** Four sockets, each with eight switches of sixteen memory devices: 512 endpoints. */
export function fiveHundredEndpoints(): TopologyDocument {
  const size = { gen: 4, width: 4 } as const;
  const functions = count(4).flatMap((socket) => [
    hostBridgeFunction(`hb${socket}`, `pcie${socket}`),
    ...count(8).flatMap((at) => {
      const name = `s${socket}-${at}`;
      return [
        rootPort(`rp-${name}`, { parent: `pcie${socket}`, device: at + 1 }, { gen: 4, width: 16, slot: 1 + at }),
        ...switchPorts(
          `sw-${name}`,
          { parent: `rp-${name}` },
          { name: `Switch ${name}`, upstream: { gen: 4, width: 16 }, downstream: count(16).map(() => size) },
        ),
        ...count(16).map((port) =>
          iopmem(`mem-${name}-${port}`, `sw-${name}-p${port}`, { ...size, capacityBytes: MIB }),
        ),
      ];
    }),
  ]);
  return machineDocument({
    name: 'Five hundred',
    description: '512 endpoints.',
    hostBridges: count(4).map((socket) => hostBridge(`pcie${socket}`, { segment: socket, numaNode: socket })),
    functions,
    transfer: transfer('mem-s0-0-0', 'mem-s0-0-1'),
  });
}

/** Bytes of one write: small, so that there are many. */
const WRITE_BYTES = 32;
const FLOWS = 63;
/** Deep receivers: what is under way is then bound by the ways, not by credits. */
const DEEP = { postedHeader: 512, postedData: 4096 } as const;
const GBIT = 1e9;

/** Two hundred devices below forty switches: NICs that write to the memory device beside them, 32 bytes at a time. */
export function twoHundredBusyDevices(): TopologyDocument {
  const wide = { gen: 5, width: 16 } as const;
  const narrow = { gen: 5, width: 16 } as const;
  const functions: FunctionSpec[] = [];
  const leaves: string[] = [];
  for (const socket of count(4)) {
    functions.push(hostBridgeFunction(`hb${socket}`, `pcie${socket}`));
    for (const port of count(2)) {
      const root = `s${socket}r${port}`;
      functions.push(rootPort(root, { parent: `pcie${socket}`, device: port + 1 }, wide));
      functions.push(
        ...switchPorts(`${root}x`, { parent: root }, { upstream: wide, downstream: count(5).map(() => wide) }),
      );
      for (const below of count(5)) {
        const leaf = `${root}x${below}`;
        leaves.push(leaf);
        functions.push(
          ...switchPorts(
            leaf,
            { parent: `${root}x-p${below}` },
            { upstream: wide, downstream: count(5).map(() => narrow) },
          ),
          nic(`${leaf}n0`, `${leaf}-p0`, { ...narrow, wireBitsPerSecond: 400 * GBIT }),
          iopmem(`${leaf}m0`, `${leaf}-p1`, { ...narrow, capacityBytes: MIB }),
          nic(`${leaf}n1`, `${leaf}-p2`, { ...narrow, wireBitsPerSecond: 400 * GBIT }),
          iopmem(`${leaf}m1`, `${leaf}-p3`, { ...narrow, capacityBytes: MIB }),
          iopmem(`${leaf}m2`, `${leaf}-p4`, { ...narrow, capacityBytes: MIB }),
        );
      }
    }
  }
  const flows = leaves
    .flatMap((leaf) => count(2).map((pair) => ({ engine: `${leaf}n${pair}`, target: `${leaf}m${pair}` })))
    .slice(0, FLOWS)
    .map(({ engine, target }, index): FlowSpec => ({
      id: `f${index}`,
      name: `${engine} writes`,
      start_ps: 0,
      work: {
        kind: 'accesses',
        engine,
        target,
        operation: 'write',
        operationBytes: WRITE_BYTES,
        windowBytes: MIB,
        pattern: 'sequential',
        operations: 1_000_000,
        outstanding: 256,
      },
    }));
  return {
    ...machineDocument({
      name: 'Two hundred busy devices',
      description: 'For measuring the drawing while a machine runs.',
      hostBridges: count(4).map((socket) => hostBridge(`pcie${socket}`, { segment: socket, numaNode: socket })),
      functions: functions.map((fn) => (fn.link === undefined ? fn : { ...fn, credits: DEEP })),
      transfer: transfer('s0r0x0m0', 's0r0x0m1'),
    }),
    flows,
  };
}
