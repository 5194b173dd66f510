/*
 * The corner of a switch or bridge that folds it into one card, and of such a card that unfolds it. For the pointer:
 * keys and the panel do the same, and the tree says what is folded.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { Rect, Scene } from '../layout/sceneModel.ts';
import type { Brush, Group } from '../still/brush.ts';

const SIZE_PX = 15;
const ARM_PX = 3.5;

interface Fold {
  readonly node: NodeId;
  readonly rect: Rect;
  readonly folded: boolean;
}

function foldsOf(scene: Scene): readonly Fold[] {
  return [
    ...scene.plates
      .filter(({ bus, chips }) => bus.taps.length + chips.length > 0)
      .map(({ node, rect }) => ({ node, rect, folded: false })),
    ...scene.cards.filter(({ folded }) => folded).map(({ node, rect }) => ({ node, rect, folded: true })),
  ];
}

/** Draws a handle on the upper left corner of everything that folds. @param onFold it was pressed. */
export function drawFolds(brush: Brush, parent: Group, scene: Scene, onFold: (node: NodeId) => void): void {
  parent.node()?.replaceChildren();
  if (brush.detail.isFar) return;
  const scale = brush.detail.textScale;
  for (const { node, rect, folded } of foldsOf(scene)) {
    const handle = brush.group(parent, 'pl-fold').attr('transform', `translate(${rect.x} ${rect.y}) scale(${scale})`);
    brush.rect(handle, { x: -SIZE_PX / 2, y: -SIZE_PX / 2, width: SIZE_PX, height: SIZE_PX }, 'pl-fold-box', 4);
    brush.path(handle, `M${-ARM_PX} 0H${ARM_PX}${folded ? `M0 ${-ARM_PX}V${ARM_PX}` : ''}`, 'pl-fold-sign');
    handle.append('title').text(folded ? 'Expand (C)' : 'Collapse (C)');
    // Neither a press on what lies below nor the beginning of a move of the view.
    for (const type of ['pointerdown', 'mousedown', 'dblclick']) {
      handle.on(type, (event: Event) => event.stopPropagation());
    }
    handle.on('click', (event: Event) => {
      event.stopPropagation();
      onFold(node);
    });
  }
}
