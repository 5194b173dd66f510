import { Info, OctagonX, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { countText } from '../../base/format.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { Keeper, Library } from '../../store/library.ts';
import { errorCount } from '../../store/metrics.ts';
import { LANE_IDS } from '../../store/session.ts';
import { useDocument, useLibrary, useModel, usePreferences, useSession, useView } from '../model.ts';
import { useMedia, VIEWER_QUERY } from '../useMedia.ts';
import { useEvery } from '../widgets/Live.tsx';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';

interface StatusAction {
  readonly label: string;
  readonly perform: () => void;
}

interface Status {
  readonly id: string;
  readonly kind: 'error' | 'warning' | 'note';
  readonly word: string;
  readonly sentence: string;
  readonly action?: StatusAction;
  readonly otherwise?: StatusAction;
  readonly startsOpen?: boolean;
  /** The word of a note is shown as well. */
  readonly wordy?: boolean;
}

/** Hop records lost so far in all machines, looked at once a second. */
function useDropped(): number {
  const { simulation } = useModel();
  const [dropped, setDropped] = useState(0);
  useEvery(1, () => {
    const { lanes } = simulation.session.store.getState();
    setDropped((lanes.direct.hops?.lost ?? 0) + (lanes.bounced.hops?.lost ?? 0));
  });
  return dropped;
}

/** Error records of all machines, looked at once a second. */
function useErrors(): number {
  const { simulation } = useModel();
  const [errors, setErrors] = useState(0);
  useEvery(1, () => {
    const { lanes } = simulation.session.store.getState();
    setErrors(LANE_IDS.reduce((sum, id) => sum + errorsOf(lanes[id].view), 0));
  });
  return errors;
}

function errorsOf(view: MachineView | undefined): number {
  return view === undefined ? 0 : errorCount(view);
}

/** The machine is open in another tab as well, and that one saves it. */
function keeperStatus(keeper: Exclude<Keeper, 'here'>, library: Library): Status {
  return {
    id: `keeper ${keeper}`,
    kind: 'warning',
    word: 'Open in another tab',
    sentence:
      keeper === 'elsewhere'
        ? 'Another tab has this machine open and saves it. What you change here is not saved until you choose.'
        : 'Another tab has taken this machine over. What you change here is no longer saved.',
    action: { label: keeper === 'elsewhere' ? 'Take over' : 'Take it back', perform: () => void library.takeOver() },
    otherwise: { label: 'Continue as a copy', perform: () => library.continueAsCopy() },
    startsOpen: true,
  };
}

function useStatuses(): readonly Status[] {
  const { simulation, isolation, library } = useModel();
  const stopped = useSession((state) =>
    LANE_IDS.map((id) => state.lanes[id].failure).find((failure) => failure?.engineStopped === true),
  );
  const notice = useDocument((state) => state.notice);
  const dismiss = useDocument((state) => state.dismissNotice);
  const saved = useDocument((state) => state.saved);
  const keeper = useLibrary((state) => state.keeper);
  const inLibrary = useLibrary((state) => state.saved);
  const kept = usePreferences((state) => state.kept);
  const dropped = useDropped();
  const errors = useErrors();
  const planned = useDocument((state) => state.document.faults?.length ?? 0);
  const viewer = useMedia(VIEWER_QUERY);
  const inLab = useView((state) => state.view === 'faults');
  const setView = useView((state) => state.set);
  const statuses: Status[] = [];
  if (stopped !== undefined) {
    statuses.push({
      id: 'engine',
      kind: 'error',
      word: 'Engine stopped',
      sentence: stopped.message,
      action: { label: 'Start it again', perform: () => void simulation.restart() },
      startsOpen: true,
    });
  }
  if (notice !== undefined) {
    statuses.push({
      id: 'notice',
      kind: 'warning',
      word: 'Saved machine',
      sentence: notice,
      action: { label: 'Understood', perform: dismiss },
      startsOpen: true,
    });
  }
  if (keeper !== 'here') statuses.push(keeperStatus(keeper, library));
  const outcomes = [saved, kept, inLibrary];
  if (outcomes.some((outcome) => outcome !== 'written')) {
    const isFull = outcomes.includes('full');
    const cause = isFull ? 'This browser’s storage is full' : 'This browser window keeps nothing';
    statuses.push({
      id: 'storage',
      kind: 'warning',
      word: 'Not saved',
      sentence: `${cause}: changes last until the page is closed.${isFull ? ' Delete machines you no longer need, or save this one as a file.' : ' Save the machine as a file to keep it.'}`,
      ...(viewer ? {} : { action: { label: 'Open the machines', perform: () => setView({ dialog: 'machines' }) } }),
    });
  }
  if (isolation.reason !== undefined) {
    statuses.push({ id: 'isolation', kind: 'warning', word: 'No shared memory', sentence: isolation.reason });
  }
  if (errors > 0 && !inLab) {
    statuses.push({
      id: 'errors',
      kind: 'warning',
      word: countText(errors, 'error'),
      sentence: 'The machines reported errors. The fault lab lists them with the packets and registers behind them.',
      ...(viewer ? {} : { action: { label: 'Open the fault lab', perform: () => setView({ view: 'faults' }) } }),
    });
  }
  if (planned > 0 && !inLab) {
    statuses.push({
      id: 'planned',
      kind: 'note',
      word: countText(planned, 'planned fault'),
      sentence: 'Every run of this machine meets faults that the fault lab has planned.',
      ...(viewer ? {} : { action: { label: 'Open the fault lab', perform: () => setView({ view: 'faults' }) } }),
      wordy: true,
    });
  }
  if (dropped > 0) {
    statuses.push({
      id: 'dropped',
      kind: 'note',
      word: `${countText(dropped, 'record')} dropped`,
      sentence:
        'The machines ran faster than the page could follow: these packets were simulated and counted, but not shown. Slow down to see every one.',
    });
  }
  return statuses;
}

const ICONS: Readonly<Record<Status['kind'], LucideIcon>> = { error: OctagonX, warning: TriangleAlert, note: Info };

function StatusPanel({ status }: { readonly status: Status }) {
  const close = useClosePopover();
  const actions = [status.action, status.otherwise].filter((action) => action !== undefined);
  return (
    <div className="status-panel">
      <p>{status.sentence}</p>
      {actions.map((action) => (
        <button
          key={action.label}
          type="button"
          className="button"
          onClick={() => {
            close();
            action.perform();
          }}
        >
          {action.label}
        </button>
      ))}
    </div>
  );
}

function StatusChip({ status }: { readonly status: Status }) {
  const Icon = ICONS[status.kind];
  const { announcer } = useModel();
  useEffect(() => {
    if (status.startsOpen === true) announcer.say(`${status.word}. ${status.sentence}`);
  }, [announcer, status.startsOpen, status.word, status.sentence]);
  return (
    <Popover
      buttonClass={`chip-button chip-${status.kind}`}
      align="end"
      startsOpen={status.startsOpen ?? false}
      button={
        <>
          <Icon size={14} aria-hidden="true" />
          <span className={status.kind === 'note' && status.wordy !== true ? 'visually-hidden' : 'chip-word'}>
            {status.word}
          </span>
        </>
      }
    >
      <StatusPanel status={status} />
    </Popover>
  );
}

/** What is not as it should be: one chip each, one sentence each. */
export function StatusChips() {
  return useStatuses().map((status) => <StatusChip key={status.id} status={status} />);
}
