import type { Rect } from '../layout/sceneModel.ts';
import type { MovingColours } from './tokens.ts';

/** What painters need to know of one frame. The context is scaled to world units. */
export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly colours: MovingColours;
  readonly zoom: number;
  readonly now_ps: number;
  readonly now_ms: number;
  /** The part of the world on the screen. */
  readonly visible: Rect;
}
