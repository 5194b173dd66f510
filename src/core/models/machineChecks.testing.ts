/*
 * For tests: what a machine did, in the words of the reference.
 */
import { expect } from 'vitest';
import type { Bdf } from '../../base/units.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT, LINK_COUNTER, LINK_COUNTER_COUNT } from '../pcie/counters.ts';
import { FLOW_COUNT, TLP_KIND_NAMES } from '../pcie/tlp.ts';
import type { HopRecorder } from '../sim/hopRecorder.ts';
import type { Hardware } from './hardware.ts';
import { RequesterPort } from './fabric/requesterPort.ts';
import type { TestFunction } from './machines.testing.ts';

/** The links that TLPs took, as text: `MWr sw.0^`, `CplD rp1v`; `^` is towards the root. */
export class Paths implements HopRecorder {
  private readonly _taken: { readonly segment: number; readonly kind: string; readonly requester: number }[] = [];

  record(
    _start_ps: number,
    _end_ps: number,
    segment: number,
    what: number,
    _address: number,
    _lengthBytes: number,
    transaction: number,
  ): void {
    this._taken.push({ segment, kind: TLP_KIND_NAMES[what & 0xff] ?? '?', requester: transaction >>> 16 });
  }

  /** Requester IDs of all hops so far, in order. */
  requesters(): readonly number[] {
    return this._taken.map(({ requester }) => requester);
  }

  /** All hops over links so far, in order; forgets them. */
  take(hardware: Hardware): readonly string[] {
    const taken = this._taken.splice(0);
    return taken.flatMap(({ segment, kind }) => {
      const link = hardware.links[segment >> 1];
      return link === undefined ? [] : [`${kind} ${link.upper}${segment % 2 === 1 ? '^' : 'v'}`];
    });
  }
}

/** Runs until everything is quiet, or for a simulated millisecond: completion timeouts are longer. */
export function runFor(hardware: Hardware, time_ps = 1e9): void {
  hardware.runUntil(hardware.now_ps + time_ps, 1e7);
}

export function expectConserved(hardware: Hardware): void {
  expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
}

/** Payload bytes on the link below a port. @param direction 0 = away from the root. */
export function payloadOn(hardware: Hardware, port: string, direction: 0 | 1): number {
  const found = hardware.links.find((candidate) => candidate.upper === port);
  const base = ((found?.index ?? NaN) * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
  return hardware.linkCounters.slice(base, base + FLOW_COUNT).reduce((sum, bytes) => sum + bytes, 0);
}

/** Requests refused at a function. */
export function unsupportedAt(hardware: Hardware, node: string): number {
  const { index } = hardware.functionOf(node);
  return hardware.functionCounters[index * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported] ?? NaN;
}

/** A function sends with another requester ID, until its registers are decoded again. */
export function impersonate(fn: TestFunction, requesterId: Bdf): void {
  const { port } = fn;
  if (!(port instanceof RequesterPort)) throw new Error('not a port of the fabric');
  port.registers.requesterId = requesterId;
}

/** Everything a function sends from now on has these attributes (TLP_ATTRIBUTE), until its registers are decoded again. */
export function stamp(fn: TestFunction, attributes: number): void {
  const { port } = fn;
  if (!(port instanceof RequesterPort)) throw new Error('not a port of the fabric');
  port.registers.attributes = attributes;
}
