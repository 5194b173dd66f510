/*
 * What can run short in a machine, as counts in one flat array: credits by direction of a link, tags by requester.
 * The hardware fills such an array when it is asked (Hardware.readOccupancy); between two looks nothing is kept.
 *
 *   [segment 0: 6 kinds of credits][segment 1: 6] … [segment links·2 − 1: 6][requester 0: tags][requester 1: tags] …
 *
 * Requesters are numbered like function counters: the functions in the document's order, then the host bridges' processors.
 */
import type { TlpClass } from './tlp.ts';

/** Header credits count TLPs, data credits 16 bytes each. */
export const CREDIT_PART = { header: 0, data: 1 } as const;
export type CreditPart = (typeof CREDIT_PART)[keyof typeof CREDIT_PART];

/** Cells of one direction: class · 2 + part. */
export const CREDIT_KINDS = 6;

/** Cells of a machine. @param requesters rows of its function counters. */
export function occupancyCells(links: number, requesters: number): number {
  return links * 2 * CREDIT_KINDS + requesters;
}

/** Credits that a sender has used and not got back. @param segment link · 2 + direction. */
export function creditCell(segment: number, tlpClass: TlpClass, part: CreditPart): number {
  return segment * CREDIT_KINDS + tlpClass * 2 + part;
}

/** Requests of one requester that are not answered yet. */
export function tagCell(links: number, requester: number): number {
  return links * 2 * CREDIT_KINDS + requester;
}
