/*
 * Pictures of device classes, drawn in a 16 × 16 box with a thin line.
 */
import type { GlyphName } from '../layout/sceneModel.ts';

export const GLYPH_SIZE = 16;

/** SVG path data of each picture. */
export const GLYPHS: Readonly<Record<GlyphName, string>> = {
  memory: 'M1.5 3.5h13v7h-13zM4 6v2M6.7 6v2M9.3 6v2M12 6v2M3.5 10.5v2M6.5 10.5v2M9.5 10.5v2M12.5 10.5v2',
  network: 'M2 2.5h12v7.5l-2.5 3.5h-7L2 10zM5 5.5v1M8 5.5v1M11 5.5v1',
  drive: 'M1.5 9.5l2-6h9l2 6v3.5h-13zM1.5 9.5h13M11 11.3h1.5',
  gpu: 'M1.5 3.5h13v8h-13zM3.5 11.5v2M6 11.5v2M8.5 11.5v2M7.2 7.5a2 2 0 1 1-4 0a2 2 0 1 1 4 0M12.8 7.5a2 2 0 1 1-4 0a2 2 0 1 1 4 0',
  display: 'M1.5 3h13v8h-13zM5.5 13.5h5M8 11v2.5',
  engine: 'M2 5.5h9M8.5 3l2.5 2.5L8.5 8M14 10.5H5M7.5 8L5 10.5L7.5 13',
  usb: 'M8 2v11M8 13.5a1 1 0 1 1 0-.1M8 10L4.5 8V5.5M8 8.5L11.5 7V4.5M6.8 3.5L8 2l1.2 1.5',
  storage: 'M2.5 4c0-2.3 11-2.3 11 0v8c0 2.3-11 2.3-11 0zM2.5 4c0 2.3 11 2.3 11 0M2.5 8c0 2.3 11 2.3 11 0',
  audio: 'M2 6v4h2.5L8 13V3L4.5 6zM10.5 5.5c1.5 1.5 1.5 3.5 0 5M12.5 3.5c2.7 2.7 2.7 6.3 0 9',
  bridge: 'M2 12V8c0-5 12-5 12 0v4M2 9.5h12',
  chip: 'M4 4h8v8H4zM6.5 1.5V4M9.5 1.5V4M6.5 12v2.5M9.5 12v2.5M1.5 6.5H4M1.5 9.5H4M12 6.5h2.5M12 9.5h2.5',
  accelerator: 'M3 3h10v10H3zM6 6h4v4H6zM8 1v2M8 13v2M1 8h2M13 8h2',
};
