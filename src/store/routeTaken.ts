/*
 * Which way the bytes of a pair have gone. The route of a machine is found when it is built; an ACS bit written while it
 * runs sends what follows another way, and then the counters of the links know better.
 */
import { UPSTREAM } from '../core/pcie/counters.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { RouteClass } from '../core/pcie/verdict.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { LinkDescription, MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { jobPayloadOf, linkAboveNode, machineCounter } from './metrics.ts';

/** Both ways: some bytes turned round inside the switch, some went through the root complex. */
export type RouteTaken = RouteClass | 'both';

function uplinkAbove(
  document: TopologyDocument,
  machine: MachineDescription,
  node: NodeId,
): LinkDescription | undefined {
  const parentOf = (id: NodeId): NodeId | undefined => document.functions.find((fn) => fn.id === id)?.parent;
  const upstreamPort = parentOf(parentOf(node) ?? '');
  return upstreamPort === undefined ? undefined : linkAboveNode(document, machine, upstreamPort);
}

/** The way of a peer-to-peer transfer so far; undefined where no pair has one. */
export function routeTaken(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  view: MachineView | undefined,
): RouteTaken | undefined {
  const built = machine?.verdict?.route.routeClass;
  if (machine === undefined || view === undefined || (built !== 'belowSwitch' && built !== 'rootComplex')) return built;
  // Requests and the data of reads may go different ways; the route is that of requests.
  if (machine.plan.legs[0]?.operation !== 'write') return built;
  const { from, to } = document.transfer;
  const uplink = uplinkAbove(document, machine, to);
  // Only of a pair below one switch does its uplink tell the ways apart.
  if (uplink === undefined || uplinkAbove(document, machine, from) !== uplink) return built;
  const up = jobPayloadOf(view, uplink.index, UPSTREAM);
  if (built === 'belowSwitch') return up > 0 ? 'both' : built;
  return machineCounter(view, 'arrivedBytes') > up ? 'both' : built;
}
