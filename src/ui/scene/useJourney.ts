/* The way of the transaction that is selected, for the scene and for the waterfall; it grows while the machine runs. */
import { useCallback, useMemo, useRef, useState } from 'react';
import { sizeText } from '../../base/format.ts';
import { COMPLETION_STATUS, TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import type { ScenePath } from '../../render/moving/scenePath.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import { journeyOf, type Journey } from '../../store/journey.ts';
import type { LaneState } from '../../store/session.ts';
import { useDocument, useInspect } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const LOOK_HZ = 4;

function isSame(a: Journey | undefined, b: Journey | undefined): boolean {
  return (
    a?.log === b?.log && a?.ended_ps === b?.ended_ps && a?.stops.length === b?.stops.length && a?.request === b?.request
  );
}

/** The journey of a record, kept up with what is recorded of it. */
export function useJourneyOf(lane: LaneState, record: number): Journey | undefined {
  const document = useDocument((state) => state.document);
  const { machine, hops } = lane;
  const log = hops?.log;
  const make = useCallback(
    () => (log === undefined || machine === undefined ? undefined : journeyOf(log, document, machine, record)),
    [log, document, machine, record],
  );
  const first = useMemo(() => make(), [make]);
  const [grown, setGrown] = useState<{
    readonly make: () => Journey | undefined;
    readonly journey: Journey | undefined;
  }>();
  const journey = grown?.make === make ? grown.journey : first;
  const seen = useRef({ end: -1, epoch: -1 });
  useEvery(LOOK_HZ, () => {
    if (log === undefined || record < 0 || (seen.current.end === log.end && seen.current.epoch === log.epoch)) return;
    seen.current = { end: log.end, epoch: log.epoch };
    const now = make();
    if (!isSame(now, journey)) setGrown({ make, journey: now });
  });
  return journey;
}

/** The record that is selected, if it is this lane's; −1 = none. */
export function useSelectedRecord(lane: LaneState): number {
  const selected = useInspect((state) => state.selected);
  return selected !== undefined && selected.log === lane.hops?.log ? selected.record : -1;
}

function legOf(log: PacketLog, record: number): ScenePath['request'] {
  const cell = log.cell(record);
  const status = log.status(record);
  const word = Object.entries(COMPLETION_STATUS).find(([, code]) => code === status)?.[0] ?? '';
  const failed = log.isCompletion(record) && status !== COMPLETION_STATUS.SC ? ` ${word}` : '';
  const size = log.lengthBytes[cell] ?? 0;
  return {
    label: `${TLP_KIND_NAMES[log.kind(record)] ?? '?'}${size > 0 ? ` ${sizeText(size)}` : ''}${failed}`,
    what: log.what[cell] ?? 0,
  };
}

/** What the scene is told of a journey. */
export function scenePath(journey: Journey): ScenePath {
  const { log, request, completion } = journey;
  const first = request < 0 ? completion : request;
  return {
    request: legOf(log, first),
    completion: completion < 0 ? undefined : legOf(log, completion),
    requester: log.requester[log.cell(first)] ?? 0,
    stops: journey.stops.map((stop) => {
      const cell = log.cell(stop.record);
      return {
        at: stop.at,
        leg: stop.leg,
        segment: stop.segment,
        address: log.address[cell] ?? 0,
        lengthBytes: log.lengthBytes[cell] ?? 0,
        node: stop.node,
        from_ps: stop.from_ps,
        to_ps: stop.to_ps,
      };
    }),
  };
}
