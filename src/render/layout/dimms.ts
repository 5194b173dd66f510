/*
 * Memory modules at the right of the host: one drawing a channel up to two, then two that share the channels.
 */
import { sizeText } from '../../base/format.ts';
import type { HostSpec } from '../../core/pcie/machineSpec.ts';
import { around, type Geometry } from './geometry.ts';
import type { SceneBuilder } from './sceneBuilder.ts';
import type { DimmShape, Rect } from './sceneModel.ts';

const MOST_DRAWN = 2;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** From a module's upper edge to the two lines of its channel. */
const BUS_DEPTHS = { full: [13.5, 20.5], compact: [10.5, 17.5] } as const;

export const MEMORY_ITEM = 'memory';

/** Gap and module: what the DIMMs add at the right of a host. */
export function dimmsWidth(geometry: Geometry): number {
  return geometry.dimmGap + geometry.dimmWidth;
}

function channelName(first: number, count: number): string {
  const letter = (channel: number): string => LETTERS[channel % LETTERS.length] ?? '';
  return count === 1 ? `DIMM ${letter(first)}` : `DIMMs ${letter(first)}–${letter(first + count - 1)}`;
}

/** The modules beside a host plate. */
export function addDimms(builder: SceneBuilder, geometry: Geometry, memory: HostSpec['memory'], host: Rect): void {
  const drawn = Math.min(MOST_DRAWN, memory.channels);
  const [writeDepth, readDepth] = BUS_DEPTHS[geometry.density];
  const dimms: DimmShape[] = [];
  let channel = 0;
  for (let index = 0; index < drawn; index += 1) {
    const channels = Math.floor(memory.channels / drawn) + (index < memory.channels % drawn ? 1 : 0);
    const rect = {
      x: host.x + host.width + geometry.dimmGap,
      y: host.y + geometry.dimmDepth + index * geometry.dimmPitch,
      width: geometry.dimmWidth,
      height: geometry.dimmHeight,
    };
    const size = sizeText(Math.round((memory.sizeBytes / memory.channels) * channels));
    dimms.push({
      rect,
      label: `${channelName(channel, channels)}, ${size}`,
      channels,
      bus: { fromX: host.x + host.width, writeY: rect.y + writeDepth, readY: rect.y + readDepth },
    });
    channel += channels;
  }
  builder.dimms.push(...dimms);
  builder.addItem({
    id: MEMORY_ITEM,
    node: undefined,
    parent: undefined,
    rect: around(dimms.map((dimm) => dimm.rect)),
    shape: 'dimm',
    label: `Host memory, ${sizeText(memory.sizeBytes)}, ${memory.channels} × ${memory.kind}`,
  });
  // What concerns host memory is marked there.
  builder.alias('host', MEMORY_ITEM);
}
