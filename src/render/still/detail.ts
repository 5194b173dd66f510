/*
 * What can be read at a zoom. Text keeps its screen size when the scene shrinks, so with less room there are
 * fewer lines of it; lanes merge into a channel when their pitch gets near a pixel.
 */
import type { Density } from '../layout/sceneModel.ts';

export interface Detail {
  readonly zoom: number;
  /** World units a CSS pixel of text takes: 1 from 100 % on, more below. */
  readonly textScale: number;
  /** Single lanes are drawn. */
  readonly showsLanes: boolean;
  readonly showsPins: boolean;
  readonly showsPortText: boolean;
  readonly showsPlateText: boolean;
  /** Text inside small parts: gate, chips, memory modules. */
  readonly showsSmallText: boolean;
  /** `name`: name only; `short`: name and BDF; `state`: with what it does; `all`: with its identity. */
  readonly card: 'none' | 'name' | 'short' | 'state' | 'all';
  /** Only boxes and lines: single things are too small, or too many, to be told apart. */
  readonly isFar: boolean;
}

const LANES_FROM = 0.75;
const PINS_FROM = 0.4;
const PORT_TEXT_FROM = 0.8;
const PLATE_TEXT_FROM = 0.3;
const SMALL_TEXT_FROM: Readonly<Record<Density, number>> = { full: 0.62, compact: 0.75 };

/** Steps of card detail: the zoom they start at. */
const CARD_STEPS: Readonly<Record<Density, readonly { readonly from: number; readonly card: Detail['card'] }[]>> = {
  full: [
    { from: 0.86, card: 'all' },
    { from: 0.6, card: 'state' },
    { from: 0.4, card: 'short' },
    { from: 0.18, card: 'name' },
  ],
  compact: [
    { from: 0.8, card: 'state' },
    { from: 0.66, card: 'short' },
    { from: 0.24, card: 'name' },
  ],
};

/** Of more devices than this no names are read at a small zoom. */
const MANY_DEVICES = 150;
const MANY_FROM = 0.34;

/** The detail for a zoom. @param devices in the whole drawing. */
export function detailAt(zoom: number, density: Density, devices: number): Detail {
  const isCrowd = devices > MANY_DEVICES && zoom < MANY_FROM;
  const step = CARD_STEPS[density].find(({ from }) => zoom >= from);
  const card = isCrowd || step === undefined ? 'none' : step.card;
  return {
    zoom,
    textScale: zoom < 1 ? 1 / zoom : 1,
    showsLanes: density === 'full' && zoom >= LANES_FROM,
    showsPins: zoom >= PINS_FROM,
    showsPortText: density === 'full' && zoom >= PORT_TEXT_FROM,
    showsPlateText: zoom >= PLATE_TEXT_FROM,
    showsSmallText: zoom >= SMALL_TEXT_FROM[density],
    card,
    isFar: card === 'none',
  };
}
