import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { createScene } from '../../render/scene.ts';
import type { RouteOverlay, SceneHandle } from '../../render/sceneHandle.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane, useModel, usePreferences, useView } from '../model.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';

interface SceneViewProps {
  readonly lane: LaneId;
  readonly density: 'full' | 'compact';
  /** Accessible name of the drawing. */
  readonly label: string;
  readonly route?: RouteOverlay | undefined;
}

/** A drawn machine. React makes it and tells it what to draw; the drawing itself is the renderer's. */
export function SceneView({ lane, density, label, route }: SceneViewProps) {
  const container = useRef<HTMLDivElement>(null);
  const scene = useRef<SceneHandle>(undefined);
  const { simulation, view } = useModel();
  const document = useDocument((state) => state.document);
  const { machine, hops, way } = useLane(lane);
  const selection = useView((state) => state.selection);
  const wish = useView((state) => state.sceneWish);
  const theme = usePreferences((state) => state.preferences.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const reduced = useReducedMotion();
  const set = useStore(view, (state) => state.set);

  useEffect(() => {
    if (container.current === null) return undefined;
    const handle = createScene(container.current, { way: 'p2p', density, label, onSelect: (node) => set({ selection: node }) });
    handle.setClock(() => simulation.player.now_ps);
    scene.current = handle;
    return () => {
      scene.current = undefined;
      handle.dispose();
    };
  }, [density, label, set, simulation]);

  useEffect(() => scene.current?.setWay(way), [way, density, label]);
  useEffect(() => scene.current?.setReducedMotion(reduced), [reduced, density, label]);
  useEffect(() => scene.current?.setMachine(document, machine), [document, machine, density, label]);
  useEffect(() => scene.current?.setView(hops?.view()), [hops, density, label]);
  useEffect(() => scene.current?.select(selection), [selection, document, machine, density, label]);
  useEffect(() => scene.current?.showRoute(route), [route, document, machine, density, label]);
  useEffect(() => scene.current?.refreshTheme(), [theme, systemDark]);
  useEffect(() => {
    if (wish.serial === 0) return;
    if (wish.kind === 'fit') scene.current?.fit();
    else scene.current?.zoomBy(wish.kind === 'zoomIn' ? 1 : -1);
  }, [wish]);

  return <div className="scene" ref={container} />;
}
