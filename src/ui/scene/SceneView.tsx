import { useCallback, useEffect } from 'react';
import { createScene } from '../../render/scene.ts';
import type { RouteOverlay, SceneMark } from '../../render/sceneHandle.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane, useModel, usePreferences, useView } from '../model.ts';
import { useHandle } from '../useHandle.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';

interface SceneViewProps {
  readonly lane: LaneId;
  readonly density: 'full' | 'compact';
  /** Accessible name of the drawing. */
  readonly label: string;
  readonly route?: RouteOverlay | undefined;
  readonly marks?: readonly SceneMark[];
}

const NO_MARKS: readonly SceneMark[] = [];

/** A drawn machine. React makes it and tells it what to draw; the drawing itself is the renderer's. */
export function SceneView({ lane, density, label, route, marks = NO_MARKS }: SceneViewProps) {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const { machine, hops, way } = useLane(lane);
  const selection = useView((state) => state.selection);
  const set = useView((state) => state.set);
  const wish = useView((state) => state.sceneWish);
  const theme = usePreferences((state) => state.preferences.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const reduced = useReducedMotion();
  const make = useCallback(
    (container: HTMLElement) => {
      const scene = createScene(container, {
        way: 'p2p',
        density,
        label,
        onSelect: (selected) => set({ selection: selected }),
      });
      scene.setClock(() => simulation.player.now_ps);
      return scene;
    },
    [density, label, set, simulation],
  );
  const [scene, attach] = useHandle(make);

  useEffect(() => scene?.setWay(way), [scene, way]);
  useEffect(() => scene?.setReducedMotion(reduced), [scene, reduced]);
  useEffect(() => scene?.setMachine(document, machine), [scene, document, machine]);
  useEffect(() => scene?.setView(hops?.view()), [scene, hops]);
  useEffect(() => scene?.select(selection), [scene, selection]);
  useEffect(() => scene?.showRoute(route), [scene, route]);
  useEffect(() => scene?.setMarks(marks), [scene, marks]);
  // The colours come from CSS, which has changed by now; what they depend on is what this effect runs for.
  // oxlint-disable-next-line react/exhaustive-effect-dependencies
  useEffect(() => scene?.refreshTheme(), [scene, theme, systemDark]);
  useEffect(() => {
    if (wish.serial === 0) return;
    if (wish.kind === 'fit') scene?.fit();
    else scene?.zoomBy(wish.kind === 'zoomIn' ? 1 : -1);
  }, [scene, wish]);

  return <div className="scene" ref={attach} />;
}
