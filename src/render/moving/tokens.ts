/*
 * Colours of what moves, read from the page's tokens: a canvas cannot use CSS properties itself.
 */
import { PACKET_STYLE, type PacketStyle } from './packetStyle.ts';

export interface MovingColours {
  readonly canvas: string;
  readonly inset: string;
  readonly text: string;
  readonly text2: string;
  readonly wire: string;
  /** What words lie on, and the words. */
  readonly inverse: string;
  readonly inverseInk: string;
  /** Font family of words, and the font of a number in a ring. */
  readonly sans: string;
  readonly markFont: string;
  /** Font of a packet's name. */
  readonly nameFont: string;
  /** By packet style: what is drawn, and what lies under it. */
  readonly main: Readonly<Record<PacketStyle, string>>;
  readonly wash: Readonly<Record<PacketStyle, string>>;
}

/** Reads the tokens that hold for an element. */
export function readColours(element: Element): MovingColours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--pl-${name}`).trim() || '#808080';
  const wash = { p2p: token('p2p-wash'), bounce: token('bounce-wash'), completion: token('completion-wash') };
  const inset = token('inset');
  const sans = style.getPropertyValue('--pl-sans').trim() || 'sans-serif';
  return {
    canvas: token('canvas'),
    inset,
    text: token('text'),
    text2: token('text2'),
    wire: token('wire'),
    inverse: token('inv'),
    inverseInk: token('inv-ink'),
    sans,
    markFont: `600 10px ${sans}`,
    nameFont: `600 10px ${sans}`,
    main: {
      [PACKET_STYLE.control]: token('header'),
      [PACKET_STYLE.p2p]: token('p2p-fill'),
      [PACKET_STYLE.bounce]: token('bounce-fill'),
      [PACKET_STYLE.completion]: token('completion'),
      [PACKET_STYLE.request]: token('text'),
      [PACKET_STYLE.config]: token('config'),
      [PACKET_STYLE.dllp]: token('text2'),
      [PACKET_STYLE.failed]: token('error-line'),
    },
    wash: {
      [PACKET_STYLE.control]: inset,
      [PACKET_STYLE.p2p]: wash.p2p,
      [PACKET_STYLE.bounce]: wash.bounce,
      [PACKET_STYLE.completion]: wash.completion,
      [PACKET_STYLE.request]: inset,
      [PACKET_STYLE.config]: token('config-wash'),
      [PACKET_STYLE.dllp]: inset,
      [PACKET_STYLE.failed]: inset,
    },
  };
}
