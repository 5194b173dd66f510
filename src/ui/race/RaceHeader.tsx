import { PencilLine } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { durationText, ratioText, sizeText } from '../../base/format.ts';
import { createRaceProgress } from '../../render/charts/raceProgress.ts';
import type { RaceProgressHandle } from '../../render/charts/chartHandles.ts';
import { actionById } from '../../store/actions.ts';
import { besideFlows } from '../../store/words.ts';
import { useAction, useDocument, useLane, usePreferences } from '../model.ts';
import { nodeName } from '../names.ts';
import { useHandle } from '../useHandle.ts';
import { useReducedMotion } from '../useMedia.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import { useRaceResult } from './useRace.ts';

function TransferTitle() {
  const document = useDocument((state) => state.document);
  const perform = useAction();
  const { transfer } = document;
  const title = `${sizeText(transfer.bytes)}, ${nodeName(document, transfer.from)} to ${nodeName(document, transfer.to)}`;
  return (
    <div className="race-title">
      <h2>
        <button
          type="button"
          className="title-button"
          aria-label={`${title}, change the transfer`}
          title="Choose the transfer (T)"
          onClick={() => perform(actionById('transfer'))}
        >
          {title}
          <PencilLine size={14} aria-hidden="true" />
        </button>
      </h2>
      <p>{`Same seed, one clock${besideFlows(document)}`}</p>
    </div>
  );
}

/** How the bounce is done. Every change builds both machines anew. */
function BounceChoices() {
  const wished = usePreferences((state) => state.preferences.bounceWay);
  const lane = useLane('bounced');
  const bounceWay = lane.instead === undefined ? wished : 'copy';
  const change = usePreferences((state) => state.change);
  const bounce = useDocument((state) => state.document.transfer.bounce);
  const setTransfer = useDocument((state) => state.setTransfer);
  return (
    <fieldset className="bounce-choices">
      <legend className="visually-hidden">Bounce</legend>
      <Segmented
        label="Who moves the second leg"
        value={bounceWay}
        options={[
          {
            value: 'bounce',
            label: 'Device DMA',
            ...(lane.instead === undefined ? {} : { title: `Not here: ${lane.instead}` }),
          },
          { value: 'copy', label: 'CPU copy' },
        ]}
        onChange={(value) => change({ bounceWay: value })}
      />
      <Segmented
        label="Staging buffers"
        value={bounce.buffers === 1 ? '1' : '2'}
        options={[
          { value: '1', label: '1 buffer' },
          { value: '2', label: '2' },
        ]}
        onChange={(value) =>
          setTransfer(value === '1' ? 'Bounce with one buffer' : 'Bounce with two buffers', {
            bounce: { ...bounce, buffers: value === '1' ? 1 : 2 },
          })
        }
      />
      <Segmented
        label="How software learns that a chunk is done"
        value={bounce.completion}
        options={[
          { value: 'interrupt', label: 'Interrupt' },
          { value: 'polled', label: 'Polled' },
        ]}
        onChange={(value) =>
          setTransfer(value === 'polled' ? 'Poll for completions' : 'Wait for interrupts', {
            bounce: { ...bounce, completion: value },
          })
        }
      />
    </fieldset>
  );
}

const makeProgress = (container: HTMLElement): RaceProgressHandle =>
  createRaceProgress(container, { label: 'Bytes arrived' });

/** Arrived bytes of both machines on one scale. */
function Progress() {
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const direct = useLane('direct').view;
  const bounced = useLane('bounced').view;
  const bounceWay = usePreferences((state) => state.preferences.bounceWay);
  const reduced = useReducedMotion();
  const lanes = useMemo(
    () => [
      { label: 'P2P', way: 'p2p' as const, view: direct },
      { label: 'Bounce', way: bounceWay, view: bounced },
    ],
    [direct, bounced, bounceWay],
  );
  const [progress, attach] = useHandle(makeProgress);
  useEffect(() => progress?.setLanes(lanes, bytes), [progress, lanes, bytes]);
  useEffect(() => progress?.setReducedMotion(reduced), [progress, reduced]);
  return <div className="race-progress" ref={attach} />;
}

/** The one headline number, once there is one. */
function Headline() {
  const result = useRaceResult();
  const direct = useLane('direct').report;
  const bounced = useLane('bounced').report;
  if (result.ratio === undefined || direct === undefined || bounced === undefined) {
    return (
      <div className="race-headline">
        <p className="headline-figure muted">–</p>
        <p>{result.kind === 'running' ? 'once both have finished' : result.verdict}</p>
      </div>
    );
  }
  return (
    <div className="race-headline">
      <p className="headline-figure">{ratioText(Math.max(result.ratio, 1 / result.ratio))}</p>
      <p>{result.verdict}</p>
      <p>{`${durationText(direct.duration_ps)} against ${durationText(bounced.duration_ps)}`}</p>
    </div>
  );
}

export function RaceHeader() {
  return (
    <section className="race-header" aria-label="Race">
      <div className="race-left">
        <TransferTitle />
        <BounceChoices />
      </div>
      <Progress />
      <Headline />
    </section>
  );
}
