import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import { failureOf } from '../../store/session.ts';
import { ConfigMarks, MoveWatch, type MarkedBytes } from '../../store/configMarks.ts';
import { useLane, useModel } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const READ_HZ = 4;

/** One function of one machine, with what is known of its bytes. */
interface Question {
  readonly marks: ConfigMarks;
}

interface Shown extends MarkedBytes {
  readonly question: Question;
}

export interface ConfigBytes {
  readonly bytes: Uint8Array | undefined;
  /** What changed since: bytes that differ from these are marked. */
  readonly before: Uint8Array | undefined;
  readonly trouble: string | undefined;
  /** A configuration write in every machine of the race that stands. */
  readonly write: (offset: number, bytes: 1 | 2 | 4, value: number) => Promise<void>;
}

/** The configuration space of a function as the hardware holds it, read again four times a second. */
export function useConfigBytes(lane: LaneId, node: NodeId | undefined): ConfigBytes {
  const { simulation } = useModel();
  const { session, player } = simulation;
  const { machine } = useLane(lane);
  const [shown, setShown] = useState<Shown>();
  const [trouble, setTrouble] = useState<string>();
  /** Questions under way. */
  const waiting = useRef(0);
  // One object for each question, so that late answers to others are known.
  // oxlint-disable-next-line react/exhaustive-deps
  const question = useMemo((): Question => ({ marks: new ConfigMarks() }), [lane, node, machine]);
  const latest = useRef(question);
  useEffect(() => {
    latest.current = question;
  }, [question]);
  const show = useCallback((): void => {
    if (latest.current !== question) return;
    const marked = question.marks.shown;
    setShown(marked === undefined ? undefined : { question, ...marked });
  }, [question]);
  const ask = useCallback((): void => {
    if (node === undefined || machine === undefined) return;
    const { move } = question.marks;
    waiting.current += 1;
    session.readConfig(lane, node).then(
      (bytes) => {
        waiting.current -= 1;
        if (question.marks.accept(move, bytes)) show();
      },
      // The machine is being replaced; the next look asks the new one.
      () => {
        waiting.current -= 1;
      },
    );
  }, [session, lane, node, machine, question, show]);
  const look = useCallback((): void => {
    if (waiting.current === 0) ask();
  }, [ask]);
  useEvery(READ_HZ, look);
  useEffect(look, [look]);
  useEffect(() => {
    const { store } = player;
    const watch = new MoveWatch(store.getState(), () => {
      // Asked before the machine is told to move: the answer is what it moves from.
      ask();
      question.marks.begin();
      show();
    });
    return store.subscribe((state) => watch.see(state));
  }, [player, ask, question, show]);
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
        if (own === undefined) return;
        question.marks.write(own);
        show();
        if (player.store.getState().phase !== 'playing') await Promise.all(ready.map((each) => session.handOver(each)));
      } catch (thrown) {
        setTrouble(failureOf(thrown).message);
      }
    },
    [session, player, lane, node, question, show],
  );
  const isOwn = shown?.question === question;
  return { bytes: isOwn ? shown.bytes : undefined, before: isOwn ? shown.before : undefined, trouble, write };
}
