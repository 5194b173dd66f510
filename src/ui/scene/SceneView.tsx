import { useCallback, useEffect, useMemo } from 'react';
import { createScene } from '../../render/scene.ts';
import type { RouteOverlay, SceneMark } from '../../render/sceneHandle.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane, useModel, usePreferences, useView } from '../model.ts';
import { useHandle } from '../useHandle.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';
import { scenePath, useJourneyOf, useSelectedRecord } from './useJourney.ts';

interface SceneViewProps {
  readonly lane: LaneId;
  readonly density: 'full' | 'compact';
  /** Accessible name of the drawing. */
  readonly label: string;
  readonly route?: RouteOverlay | undefined;
  readonly marks?: readonly SceneMark[];
  /** The transaction that is selected is followed here. */
  readonly follows?: boolean;
  /** Numbers at links: rows of a ledger beside it. */
  readonly numbers?: readonly (readonly [segment: number, text: string])[];
}

const NO_MARKS: readonly SceneMark[] = [];
const NO_NUMBERS: readonly (readonly [segment: number, text: string])[] = [];

/** A drawn machine. React makes it and tells it what to draw; the drawing itself is the renderer's. */
export function SceneView({
  lane,
  density,
  label,
  route,
  marks = NO_MARKS,
  follows = false,
  numbers = NO_NUMBERS,
}: SceneViewProps) {
  const { simulation, follow } = useModel();
  const document = useDocument((state) => state.document);
  const state = useLane(lane);
  const { machine, hops, way } = state;
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
        onStop: (lit) => follow.getState().set({ lit }),
      });
      scene.setClock(() => simulation.player.now_ps);
      return scene;
    },
    [density, label, set, simulation, follow],
  );
  const [scene, attach] = useHandle(make);

  useEffect(() => scene?.setWay(way), [scene, way]);
  useEffect(() => scene?.setReducedMotion(reduced), [scene, reduced]);
  useEffect(() => scene?.setMachine(document, machine), [scene, document, machine]);
  useEffect(() => scene?.setView(hops?.view()), [scene, hops]);
  useEffect(() => scene?.select(selection), [scene, selection]);
  useEffect(() => scene?.showRoute(route), [scene, route]);
  useEffect(() => scene?.setMarks(marks), [scene, marks]);
  useEffect(() => scene?.setNumbers(numbers), [scene, numbers]);
  const selected = useSelectedRecord(state);
  const record = follows ? selected : -1;
  const journey = useJourneyOf(state, record);
  const path = useMemo(() => (journey === undefined ? undefined : scenePath(journey)), [journey]);
  useEffect(() => scene?.follow(path), [scene, path]);
  useEffect(() => {
    const show = ({ lit, at_ps }: { readonly lit: number | undefined; readonly at_ps: number | undefined }): void => {
      scene?.lightStop(lit);
      scene?.setPathTime(at_ps);
    };
    show(follow.getState());
    return follow.subscribe(show);
  }, [scene, follow]);
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
