/*
 * Which shape a hop record gets, and how long it is (design, section 5): the area is the bytes.
 */
import {
  COMPLETION_HEADER_BYTES,
  COMPLETION_STATUS,
  FLOW,
  flowClassOf,
  requestHeaderBytes,
  TLP_KIND,
} from '../../core/pcie/tlp.ts';
import { linkRate, type LinkGen } from '../../core/pcie/link.ts';

export const PACKET_STYLE = {
  /** Descriptors, doorbells, interrupts: a small plain capsule. */
  control: 0,
  /** Solid capsule with a notch. */
  p2p: 1,
  /** Hollow square box. */
  bounce: 2,
  /** Ring with a core. */
  completion: 3,
  /** Small hollow capsule. */
  request: 4,
  /** Hexagon. */
  config: 5,
  /** Diamond. */
  dllp: 6,
  /** A completion that says UR or CA: crossed ring. */
  failed: 7,
} as const;
export type PacketStyle = (typeof PACKET_STYLE)[keyof typeof PACKET_STYLE];
export const PACKET_STYLE_COUNT = 8;
export const PACKET_STYLES: readonly PacketStyle[] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Style of a hop record's `what` word: kind + class·2^8 + flow·2^16 + status·2^24. */
export function styleOf(what: number): PacketStyle {
  const kind = what & 0xff;
  const flow = flowClassOf(what >> 16);
  const status = (what >> 24) & 0xff;
  switch (kind) {
    case TLP_KIND.MRd:
    case TLP_KIND.IORd:
      return PACKET_STYLE.request;
    case TLP_KIND.Cpl:
    case TLP_KIND.CplD:
      return status === COMPLETION_STATUS.SC ? PACKET_STYLE.completion : PACKET_STYLE.failed;
    case TLP_KIND.CfgRd0:
    case TLP_KIND.CfgRd1:
    case TLP_KIND.CfgWr0:
    case TLP_KIND.CfgWr1:
      return PACKET_STYLE.config;
    default:
      if (flow === FLOW.control) return PACKET_STYLE.control;
      return flow === FLOW.p2p ? PACKET_STYLE.p2p : PACKET_STYLE.bounce;
  }
}

/** Bytes of a TLP on the wire: framing, header, payload where it has one. */
export function wireBytes(what: number, address: number, lengthBytes: number, gen: LinkGen): number {
  const kind = what & 0xff;
  const framing = linkRate(gen).framingBytes;
  const padded = Math.ceil(lengthBytes / 4) * 4;
  switch (kind) {
    case TLP_KIND.MRd:
      return framing + requestHeaderBytes(address);
    case TLP_KIND.MWr:
      return framing + requestHeaderBytes(address) + padded;
    case TLP_KIND.CplD:
      return framing + COMPLETION_HEADER_BYTES + padded;
    case TLP_KIND.MsgD:
      return framing + 16 + padded;
    default:
      return framing + COMPLETION_HEADER_BYTES + 4;
  }
}

/** World length of a byte on one lane: 280 bytes on 8 lanes stand every 29 units, 26 of them drawn. */
const PITCH_PER_LANE_BYTE = { full: (29 * 8) / 280, compact: (16 * 8) / 280 } as const;
const DRAWN_FRACTION = 26 / 29;

/** Distance from one packet's front to the next one's when the link is full. */
export function pitchOf(density: 'full' | 'compact', bytes: number, lanes: number): number {
  return (bytes * PITCH_PER_LANE_BYTE[density]) / lanes;
}

/** Length of the drawn packet in its pitch. */
export function drawnLength(pitch: number): number {
  return pitch * DRAWN_FRACTION;
}

/**
 * World units a packet moves in a picosecond of simulated time: so fast that packets of a full link touch.
 * Links are drawn longer than light needs; order, spacing and gaps stay true.
 */
export function speedOf(density: 'full' | 'compact', gen: LinkGen): number {
  return (linkRate(gen).laneBytesPerSecond * PITCH_PER_LANE_BYTE[density]) / 1e12;
}
