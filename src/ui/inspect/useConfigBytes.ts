import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import { failureOf } from '../../store/session.ts';
import { useLane, useModel, usePlayer } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const READ_HZ = 4;

interface Shown {
  readonly question: object;
  readonly bytes: Uint8Array;
  /** As they were when the clock last started or took a step, or before the last write. */
  readonly before: Uint8Array;
}

export interface ConfigBytes {
  readonly bytes: Uint8Array | undefined;
  /** What changed since: bytes that differ from these are marked. */
  readonly before: Uint8Array | undefined;
  readonly trouble: string | undefined;
  /** A configuration write in every machine of the race that stands. */
  readonly write: (offset: number, bytes: 1 | 2 | 4, value: number) => Promise<void>;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** The configuration space of a function as the hardware holds it, read again four times a second. */
export function useConfigBytes(lane: LaneId, node: NodeId | undefined): ConfigBytes {
  const { simulation } = useModel();
  const { session } = simulation;
  const { machine } = useLane(lane);
  const [shown, setShown] = useState<Shown>();
  const [trouble, setTrouble] = useState<string>();
  const busy = useRef(false);
  // One object for each question, so that late answers to others are known.
  // oxlint-disable-next-line react/exhaustive-deps
  const question = useMemo(() => ({ lane, node, machine }), [lane, node, machine]);
  const moves = usePlayer((state) => state.phase === 'playing' || state.busy);
  const read = useCallback((): void => {
    if (node === undefined || machine === undefined || busy.current) return;
    busy.current = true;
    session.readConfig(lane, node).then(
      (bytes) => {
        busy.current = false;
        setShown((old) => {
          if (old?.question !== question) return { question, bytes, before: bytes };
          return same(old.bytes, bytes) ? old : { ...old, bytes };
        });
      },
      // The machine is being replaced; the next look asks the new one.
      () => {
        busy.current = false;
      },
    );
  }, [session, lane, node, machine, question]);
  useEvery(READ_HZ, read);
  useEffect(read, [read]);
  // What changes is marked from the moment the clock starts, or takes a step, until it starts again.
  useEffect(() => {
    if (moves) setShown((old) => (old === undefined ? old : { ...old, before: old.bytes }));
  }, [moves]);
  const write = useCallback(
    async (offset: number, bytes: 1 | 2 | 4, value: number): Promise<void> => {
      if (node === undefined) return;
      setTrouble(undefined);
      const lanes = [lane, ...RACE_LANES.filter((other) => other !== lane)];
      const ready = lanes.filter((candidate) => session.lane(candidate).status === 'ready');
      try {
        const spaces = await Promise.all(
          ready.map((candidate) => session.writeConfig(candidate, node, offset, bytes, value)),
        );
        const [own] = spaces;
        if (own !== undefined) setShown((old) => ({ question, bytes: own, before: old?.bytes ?? own }));
      } catch (thrown) {
        setTrouble(failureOf(thrown).message);
      }
    },
    [session, lane, node, question],
  );
  const isOwn = shown?.question === question;
  return { bytes: isOwn ? shown.bytes : undefined, before: isOwn ? shown.before : undefined, trouble, write };
}
