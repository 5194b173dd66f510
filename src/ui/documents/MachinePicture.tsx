import { useMemo } from 'react';
import { layoutMachine } from '../../render/layout/layoutMachine.ts';
import type { Point, Rect } from '../../render/layout/sceneModel.ts';
import type { TopologyDocument } from '../../topology/document.ts';

/** What the drawing is laid out for; the picture is a small copy of it. */
const LAYOUT = { density: 'compact', width: 960, height: 600 } as const;
const MARGIN = 12;

function pathOf(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

function Boxes({
  rects,
  name,
  radius,
}: {
  readonly rects: readonly Rect[];
  readonly name: string;
  readonly radius: number;
}) {
  return rects.map(({ x, y, width, height }) => (
    <rect key={`${x} ${y}`} className={name} x={x} y={y} width={width} height={height} rx={radius} />
  ));
}

/** A machine small: the shapes of its drawing without words. Both ends of its transfer are filled. */
export function MachinePicture({ document }: { readonly document: TopologyDocument }) {
  const scene = useMemo(() => layoutMachine(document, undefined, LAYOUT), [document]);
  const { x, y, width, height } = scene.bounds;
  const isEnd = (members: readonly string[]): boolean =>
    members.includes(document.transfer.from) || members.includes(document.transfer.to);
  const lines = [...scene.links, ...scene.stubs];
  return (
    <svg
      className="machine-picture"
      viewBox={`${x - MARGIN} ${y - MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`}
      aria-hidden="true"
    >
      {lines.map(({ path }) => (
        <path key={pathOf(path)} className="picture-link" d={pathOf(path)} />
      ))}
      <Boxes rects={scene.hosts.map(({ rect }) => rect)} name="picture-host" radius={8} />
      <Boxes rects={scene.dimms.map(({ rect }) => rect)} name="picture-part" radius={3} />
      <Boxes rects={scene.plates.map(({ rect }) => rect)} name="picture-plate" radius={8} />
      <Boxes rects={scene.slots.map(({ rect }) => rect)} name="picture-slot" radius={6} />
      <Boxes
        rects={scene.cards.filter(({ members }) => !isEnd(members)).map(({ rect }) => rect)}
        name="picture-card"
        radius={6}
      />
      <Boxes
        rects={scene.cards.filter(({ members }) => isEnd(members)).map(({ rect }) => rect)}
        name="picture-end"
        radius={6}
      />
    </svg>
  );
}
