/*
 * Figures that change while a machine runs. They never enter React: each is one text node or one bar that the
 * frame loop writes, and only when what it would say has changed.
 */
import { useEffect, useRef } from 'react';
import { frameLoop } from '../../render/frameLoop.ts';
import { useModel } from '../model.ts';
import { useReducedMotion } from '../useMedia.ts';

const DEFAULT_HZ = 8;
const REDUCED_HZ = 2;
const MS_PER_SECOND = 1000;

/**
 * Calls `look` from the frame loop, at most `hz` times a second (twice with reduced motion), and whenever the clock
 * starts or stops. It may set state.
 */
export function useEvery(hz: number, look: () => void): void {
  const latest = useRef(look);
  const reduced = useReducedMotion();
  const { player } = useModel().simulation;
  useEffect(() => {
    latest.current = look;
  });
  // Paused means still: what is shown is brought up to date at once when the clock stops, then stays.
  useEffect(() => player.store.subscribe(() => latest.current()), [player]);
  useEffect(() => {
    const pause_ms = MS_PER_SECOND / (reduced ? Math.min(REDUCED_HZ, hz) : hz);
    let last_ms = -Infinity;
    return frameLoop().subscribe('draw', (now_ms) => {
      if (now_ms - last_ms < pause_ms) return;
      last_ms = now_ms;
      latest.current();
    });
  }, [hz, reduced]);
}

/** The same for what is written straight into elements: also once after every render. Must not set state. */
export function useLive(write: () => void, hz: number): void {
  useEvery(hz, write);
  useEffect(write);
}

interface LiveTextProps {
  readonly read: () => string;
  readonly hz?: number;
  readonly className?: string;
}

/** Text that follows the machine. */
export function LiveText({ read, hz = DEFAULT_HZ, className }: LiveTextProps) {
  const element = useRef<HTMLSpanElement>(null);
  const shown = useRef<string>(undefined);
  useLive(() => {
    const text = read();
    if (text === shown.current || element.current === null) return;
    shown.current = text;
    element.current.textContent = text;
  }, hz);
  return <span ref={element} className={className} />;
}
