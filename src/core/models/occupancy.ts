/*
 * A look at what can run short: credits of every link, tags of every requester.
 */
import { itemAt } from '../sim/cells.ts';
import { CREDIT_KINDS, tagCell } from '../pcie/occupancy.ts';
import type { Fabric } from './fabric/fabric.ts';

/** Fills `target` with what is taken now (core/pcie/occupancy.ts). Between runs; changes nothing and allocates nothing. */
export function readOccupancy(fabric: Fabric, links: number, target: Float64Array): void {
  for (let segment = 0; segment < links * 2; segment++) {
    const transmitter = itemAt(fabric.transmitters, segment);
    const base = segment * CREDIT_KINDS;
    for (let tlpClass = 0; tlpClass < 3; tlpClass++) {
      target[base + tlpClass * 2] = transmitter.creditsUsed(tlpClass, 0);
      target[base + tlpClass * 2 + 1] = transmitter.creditsUsed(tlpClass, 1);
    }
  }
  for (let index = 0; index < fabric.ports.length; index++) {
    const port = itemAt(fabric.ports, index);
    target[tagCell(links, port.functionIndex)] = port.outstandingReads;
  }
}

/** Fills `target` with how much there is of each: Infinity = it never runs out, 0 = there is none. */
export function readCapacity(fabric: Fabric, links: number, target: Float64Array): void {
  target.fill(0);
  for (let segment = 0; segment < links * 2; segment++) {
    const { credits } = itemAt(fabric.transmitters, segment);
    const base = segment * CREDIT_KINDS;
    for (let tlpClass = 0; tlpClass < 3; tlpClass++) {
      target[base + tlpClass * 2] = credits.advertised(tlpClass, 0);
      target[base + tlpClass * 2 + 1] = credits.advertised(tlpClass, 1);
    }
  }
  for (const port of fabric.ports) target[tagCell(links, port.functionIndex)] = port.tags;
}
