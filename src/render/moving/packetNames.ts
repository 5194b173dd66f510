/* What packets are, written along them where they are near enough to read. Nothing is allocated in a frame. */
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import { AT_DX, AT_DY, AT_X, AT_Y, type Track } from '../layout/track.ts';
import type { Frame } from './frame.ts';
import { PACKET_STYLE } from './packetStyle.ts';

/** The packets of a frame, column by column (packets.ts). */
export interface PacketColumns {
  readonly track: readonly (Track | undefined)[];
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly width: Float32Array;
  readonly style: Uint8Array;
  readonly kind: Int16Array;
  readonly notch: Float32Array;
}

/** On the screen, packets this wide and this long have their name. */
const LEAST_WIDTH_PX = 12;
const LEAST_LENGTH_PX = 34;
/** More names than this say nothing any more. */
const MOST_NAMES = 160;
const SOLID: ReadonlySet<number> = new Set([PACKET_STYLE.p2p, PACKET_STYLE.control, PACKET_STYLE.config]);
const AT = new Float64Array(4);

/** Names of the first packets that are large enough. */
export function drawNames(frame: Frame, packets: PacketColumns, count: number): void {
  const { context, colours, zoom } = frame;
  let written = 0;
  for (let index = 0; index < count && written < MOST_NAMES; index += 1) {
    const length = (packets.to[index] ?? 0) - (packets.from[index] ?? 0);
    const isSmall = (packets.width[index] ?? 0) * zoom < LEAST_WIDTH_PX || length * zoom < LEAST_LENGTH_PX;
    const name = TLP_KIND_NAMES[packets.kind[index] ?? -1];
    if (isSmall || name === undefined) continue;
    if (written === 0) {
      context.font = colours.nameFont;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.globalAlpha = 1;
    }
    written += 1;
    drawName(frame, packets, index, name);
  }
}

function drawName({ context, colours, zoom }: Frame, packets: PacketColumns, index: number, name: string): void {
  const track = packets.track[index];
  if (track === undefined) return;
  // Behind the chevron, in the middle of what is left.
  const notch = packets.notch[index] ?? -1;
  const front = notch < 0 ? (packets.to[index] ?? 0) : notch;
  track.pointAt(((packets.from[index] ?? 0) + front) / 2, AT);
  const dx = AT[AT_DX] ?? 0;
  const dy = AT[AT_DY] ?? 0;
  context.save();
  context.translate(AT[AT_X] ?? 0, AT[AT_Y] ?? 0);
  // Never upside down: to the left it reads from its front.
  context.rotate(dx < -0.5 ? 0 : Math.atan2(dy, dx));
  context.scale(1 / zoom, 1 / zoom);
  context.fillStyle = SOLID.has(packets.style[index] ?? -1) ? colours.canvas : colours.text;
  context.fillText(name, 0, 0.5);
  context.restore();
}
