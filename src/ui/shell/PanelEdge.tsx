import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from 'lucide-react';
import { useLayoutEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useStore } from 'zustand';
import '../styles/panels.css';
import { FOLDED_PX, LEAST_PANEL, MOST_PANEL, panelSize, type PanelName } from '../../store/panels.ts';
import { useModel, useView } from '../model.ts';

const STEP_PX = 16;
const LARGE_STEP_PX = 64;

/** The property that carries a panel's size; styles use it with their own size as fallback. */
const PROPERTY: Readonly<Record<PanelName, string>> = { side: '--pl-side-size', dock: '--pl-dock-size' };

/** A size as a track of the view's grid: the scene keeps some of a small window. */
function trackOf(panel: PanelName, size_px: number): string {
  return `min(${size_px}px, ${panel === 'side' ? '60%' : '70%'})`;
}

function rootOf(): HTMLElement | null {
  return document.querySelector<HTMLElement>('#main');
}

/** Sizes of the present view's panels as properties of the page's main part, in place before it is drawn. */
export function usePanelStyle(): Readonly<Record<string, string>> {
  const { panels } = useModel();
  const view = useView((state) => state.view);
  const sizes = useStore(panels, (state) => state.sizes[view]);
  const style: Record<string, string> = {};
  for (const panel of ['side', 'dock'] as const) {
    const { size, folded } = sizes?.[panel] ?? {};
    if (folded === true) style[PROPERTY[panel]] = `${FOLDED_PX}px`;
    else if (size !== undefined) style[PROPERTY[panel]] = trackOf(panel, size);
  }
  return style;
}

/** What the arrows, Home and End make of a size. */
function sizeAfter(event: KeyboardEvent, panel: PanelName, size_px: number): number | undefined {
  const step = event.shiftKey ? LARGE_STEP_PX : STEP_PX;
  const [larger, smaller] = panel === 'side' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
  if (event.key === larger) return size_px + step;
  if (event.key === smaller) return size_px - step;
  if (event.key === 'Home') return LEAST_PANEL[panel];
  return event.key === 'End' ? MOST_PANEL[panel] : undefined;
}

function sizeOf(panel: PanelName, box: HTMLElement): number {
  return Math.round(panel === 'side' ? box.offsetWidth : box.offsetHeight);
}

/** The size of the panel an edge belongs to, written where a screen reader looks for it. */
function useMeasured(panel: PanelName): React.RefObject<HTMLDivElement | null> {
  const edge = useRef<HTMLDivElement>(null);
  // Before anybody can see or press the edge: its first value is the panel's size already.
  useLayoutEffect(() => {
    const element = edge.current;
    const box = element?.parentElement?.parentElement;
    if (element === null || box === null || box === undefined) return undefined;
    const measure = (): void => {
      element.setAttribute('aria-valuenow', String(sizeOf(panel, box)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [panel]);
  return edge;
}

/**
 * The panel itself says that it is folded, for its style: a style that asked what a panel has inside (`:has`) would make
 * the browser look at every element of the page whenever one is added anywhere.
 */
function useFoldedMark(edge: React.RefObject<HTMLDivElement | null>, panel: PanelName, folded: boolean): void {
  useLayoutEffect(() => {
    const box = edge.current?.parentElement?.parentElement;
    if (!folded || box === null || box === undefined) return undefined;
    box.setAttribute('data-folded-panel', panel);
    return () => box.removeAttribute('data-folded-panel');
  }, [edge, panel, folded]);
}

const ICONS = {
  side: { fold: ChevronRight, open: ChevronLeft },
  dock: { fold: ChevronDown, open: ChevronUp },
} as const;

interface PanelEdgeProps {
  readonly panel: PanelName;
  /** The panel's name, after `Edge of` and `Fold`. */
  readonly label: string;
}

/** The edge of a panel towards the scene: drag it, or focus it and use the arrows; Enter folds, a double click resets. */
export function PanelEdge({ panel, label }: PanelEdgeProps) {
  const { panels } = useModel();
  const view = useView((state) => state.view);
  const folded = useStore(panels, (state) => state.sizes[view]?.[panel]?.folded === true);
  const { resize, fold, reset } = panels.getState();
  const edge = useMeasured(panel);
  useFoldedMark(edge, panel, folded);
  const drag = useRef<{ readonly from: number; readonly size: number; now: number | undefined }>(undefined);
  // Asked of the panel itself: what the edge says of it is written after the next layout.
  const size = (): number => {
    const box = edge.current?.parentElement?.parentElement;
    return box === null || box === undefined ? 0 : sizeOf(panel, box);
  };
  const at = (event: PointerEvent): number => (panel === 'side' ? event.clientX : event.clientY);

  const onDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0 || folded) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { from: at(event), size: size(), now: undefined };
  };
  // While the pointer moves only the property changes; the store hears of the end.
  const onMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (drag.current === undefined) return;
    const moved = drag.current.from - at(event);
    if (drag.current.now === undefined && Math.abs(moved) < 2) return;
    drag.current.now = panelSize(panel, drag.current.size + moved);
    rootOf()?.style.setProperty(PROPERTY[panel], trackOf(panel, drag.current.now));
  };
  // What the style leaves of a wish is what is remembered: the edge is then where the pointer left it.
  const onUp = (): void => {
    const moved = drag.current?.now !== undefined;
    drag.current = undefined;
    if (moved) resize(view, panel, size());
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') fold(view, panel, !folded);
    else {
      const next = sizeAfter(event, panel, size());
      if (next === undefined) return;
      resize(view, panel, next);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const Icon = folded ? ICONS[panel].open : ICONS[panel].fold;
  const word = `${folded ? 'Open' : 'Fold'} ${label}`;
  return (
    <div className={`panel-edge panel-edge-${panel}`} data-folded={folded}>
      {/* A splitter that takes the focus is a widget: WAI-ARIA, "window splitter". */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={edge}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="separator"
        className="panel-grip"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-orientation={panel === 'side' ? 'vertical' : 'horizontal'}
        aria-label={`Edge of ${label}`}
        aria-valuemin={FOLDED_PX}
        aria-valuemax={MOST_PANEL[panel]}
        aria-valuenow={FOLDED_PX}
        title="Drag, or use the arrows. Double click: as it was. Enter: fold"
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
        onDoubleClick={() => reset(view, panel)}
        onKeyDown={onKey}
      />
      <button
        type="button"
        className="panel-fold"
        aria-label={word}
        aria-expanded={!folded}
        title={word}
        onClick={() => fold(view, panel, !folded)}
      >
        <Icon size={15} aria-hidden="true" />
      </button>
    </div>
  );
}
