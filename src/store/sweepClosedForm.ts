/*
 * What the equations say a P2P stream can reach, for comparison with what the machine did: the slowest of the links
 * it crosses below switches. The engines' own limits, descriptors and interrupts are not in it.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { linkBytesPerSecond } from '../core/pcie/link.ts';
import { nominalBytesPerSecond } from '../core/pcie/throughput.ts';
import type { LinkDescription, MachineDescription } from '../engine/protocol.ts';

/** Engines cut their requests at 4 KiB. */
const STREAM_BYTES = 4096;
const FOUR_GIB = 2 ** 32;
/** Endpoints cut completions at MPS; this only matters where they cut at RCB. */
const RCB_BYTES = 64;

/** What is sent back to back between the two ends. */
export interface ClosedLeg {
  readonly engine: NodeId;
  readonly peer: NodeId;
  readonly operation: 'read' | 'write';
  readonly operationBytes: number;
}

/** The links that requests cross, if they stay below switches. */
function linksOfRoute(machine: MachineDescription): readonly LinkDescription[] | undefined {
  const route = machine.verdict?.route;
  if (route === undefined || route.routeClass !== 'belowSwitch' || route.writeEnd !== undefined) return undefined;
  const hops = route.write.filter(({ direction }) => direction !== 'inside');
  const links = hops.flatMap(({ node }) => machine.links.find(({ upper, up }) => upper === node && up) ?? []);
  return links.length >= 2 && links.length === hops.length ? links : undefined;
}

/** What the plan of a transfer sends. */
function legOfPlan(machine: MachineDescription): ClosedLeg | undefined {
  const [leg] = machine.plan.legs;
  if (leg === undefined || machine.plan.legs.length !== 1) return undefined;
  const { operation, engine, from, to } = leg;
  if (operation === 'read and write' || engine === 'cpu') return undefined;
  return { engine, peer: engine === from ? to : from, operation, operationBytes: STREAM_BYTES };
}

/**
 * Payload bytes a second of the limiting link (performance reference, equation 3.3); undefined where the P2P path is
 * anything but links below switches, or where bytes are lost on the way.
 * @param own what is sent if not what the plan says.
 */
export function closedFormOf(machine: MachineDescription, ecrc: boolean, own?: ClosedLeg): number | undefined {
  const links = linksOfRoute(machine);
  const leg = own ?? legOfPlan(machine);
  if (links === undefined || leg === undefined) return undefined;
  const ofNode = (node: string) => machine.functions.find(({ id }) => id === node);
  const engine = ofNode(leg.engine);
  const peer = ofNode(leg.peer);
  if (engine === undefined || peer === undefined) return undefined;
  const mpsBytes = Math.min(engine.mpsBytes, leg.operation === 'read' ? peer.mpsBytes : engine.mpsBytes);
  const isHigh = peer.bars.some(({ address, space }) => space === 'memory' && (address ?? 0) >= FOUR_GIB);
  if (mpsBytes === 0) return undefined;
  return Math.min(
    ...links.map(({ gen, width }) =>
      nominalBytesPerSecond(
        {
          gen,
          lanes: width,
          mpsBytes,
          mrrsBytes: engine.mrrsBytes,
          rcbBytes: RCB_BYTES,
          completionChunk: 'mps',
          addressBits: isHigh ? 64 : 32,
          ecrc,
        },
        leg.operation,
        leg.operationBytes,
      ),
    ),
  );
}

/** `Gen4 x8` of the slowest of the links, for the legend. */
export function closedFormLink(machine: MachineDescription): string | undefined {
  const links = linksOfRoute(machine);
  if (links === undefined) return undefined;
  const [slower] = links.toSorted((a, b) => linkBytesPerSecond(a.gen, a.width) - linkBytesPerSecond(b.gen, b.width));
  return slower === undefined ? undefined : `Gen${slower.gen} x${slower.width}`;
}
