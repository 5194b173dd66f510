/* The panels of the Charts view: which tracks a machine has, and how each is read from its series. */
import { PS_PER_SECOND } from '../../base/units.ts';
import { CREDIT_KINDS, creditCell, tagCell } from '../../core/pcie/occupancy.ts';
import { TLP_CLASS, type TlpClass } from '../../core/pcie/tlp.ts';
import type { MachineView, SeriesView } from '../../engine/clientInterface.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { ChartFlow } from '../../render/charts/chartHandles.ts';
import type { ChartLine, ChartPanel, ChartTrack, SampleRead, TotalRead } from '../../render/charts/panelData.ts';
import type { LaneId, LaneState } from '../../store/session.ts';
import type { FlowSpec, TopologyDocument } from '../../topology/document.ts';
import { nodeName, segmentName } from '../names.ts';

/** A machine that is charted. */
export interface ChartedLane {
  readonly id: LaneId;
  readonly name: string;
  readonly flow: ChartFlow;
  readonly machine: MachineDescription;
  readonly view: MachineView;
}

const LANE_LOOKS: Readonly<Record<LaneId, { readonly name: string; readonly flow: ChartFlow }>> = {
  direct: { name: 'P2P', flow: 'p2p' },
  bounced: { name: 'Bounce', flow: 'bounce' },
  flows: { name: 'Flows', flow: 'neutral' },
};

/** The machines of these lanes, as far as they stand. */
export function chartedLanes(
  lanes: Readonly<Record<LaneId, LaneState>>,
  wanted: readonly LaneId[],
): readonly ChartedLane[] {
  return wanted.flatMap((id) => {
    const { machine, view } = lanes[id];
    return machine === undefined || view === undefined ? [] : [{ id, ...LANE_LOOKS[id], machine, view }];
  });
}

/** Credits of one class and part, or those of which most is taken. */
export const CREDIT_CHOICES = [
  { id: 'scarcest', label: 'Scarcest credits', tlpClass: undefined, part: 0 },
  { id: 'postedHeader', label: 'Posted, header', tlpClass: TLP_CLASS.posted, part: 0 },
  { id: 'postedData', label: 'Posted, data', tlpClass: TLP_CLASS.posted, part: 1 },
  { id: 'nonPostedHeader', label: 'Non-posted, header', tlpClass: TLP_CLASS.nonPosted, part: 0 },
  { id: 'nonPostedData', label: 'Non-posted, data', tlpClass: TLP_CLASS.nonPosted, part: 1 },
  { id: 'completionHeader', label: 'Completion, header', tlpClass: TLP_CLASS.completion, part: 0 },
  { id: 'completionData', label: 'Completion, data', tlpClass: TLP_CLASS.completion, part: 1 },
] as const satisfies readonly {
  readonly id: string;
  readonly label: string;
  readonly tlpClass: TlpClass | undefined;
  readonly part: 0 | 1;
}[];
export type CreditChoice = (typeof CREDIT_CHOICES)[number]['id'];

const GIGABYTES = PS_PER_SECOND / 1e9;
const PERCENT = 100;

function total(read: TotalRead['total'], scale: number): TotalRead {
  return { kind: 'total', total: read, scale };
}

/** Percent of one kind of credits. */
function share(series: SeriesView, cell: number, taken: number): number {
  const limit = series.capacity[cell] ?? 0;
  return limit === 0 || limit === Infinity ? 0 : (taken / limit) * PERCENT;
}

function creditRead(segment: number, choice: CreditChoice): SampleRead {
  const row = CREDIT_CHOICES.find(({ id }) => id === choice);
  if (row?.tlpClass !== undefined) {
    const cell = creditCell(segment, row.tlpClass, row.part);
    return {
      kind: 'sample',
      mean: (series, bin) => share(series, cell, series.taken(bin, cell)),
      most: (series, bin) => share(series, cell, series.mostTaken(bin, cell)),
    };
  }
  const first = segment * CREDIT_KINDS;
  const scarcest = (of: (cell: number) => number): number => {
    let most = 0;
    for (let kind = 0; kind < CREDIT_KINDS; kind += 1) most = Math.max(most, of(first + kind));
    return most;
  };
  return {
    kind: 'sample',
    mean: (series, bin) => scarcest((cell) => share(series, cell, series.taken(bin, cell))),
    most: (series, bin) => scarcest((cell) => share(series, cell, series.mostTaken(bin, cell))),
  };
}

function linesOf(
  lanes: readonly ChartedLane[],
  read: (lane: ChartedLane) => TotalRead | SampleRead,
  flow?: ChartFlow,
): ChartLine[] {
  return lanes.map((lane) => ({ name: lane.name, flow: flow ?? lane.flow, view: lane.view, read: read(lane) }));
}

/** The colour of a flow that runs beside others. */
function flowColour(flow: FlowSpec | undefined): ChartFlow | undefined {
  const work = flow?.work;
  if (work === undefined) return undefined;
  if (work.kind === 'cpu') return 'neutral';
  if (work.kind === 'accesses') return 'completion';
  return work.way === 'p2p' ? 'p2p' : 'bounce';
}

/** Link directions, the busiest first; those that carried nothing are left out. @param segment link · 2 + direction. */
export function busiestSegments(lanes: readonly ChartedLane[]): readonly number[] {
  const bytes = new Map<number, number>();
  for (const { machine, view } of lanes) {
    const { series } = view;
    const last = series.length - 1;
    for (const { index } of last < 0 ? [] : machine.links) {
      for (const direction of [0, 1] as const) {
        const segment = index * 2 + direction;
        bytes.set(segment, (bytes.get(segment) ?? 0) + series.link(last, index, direction));
      }
    }
  }
  return [...bytes]
    .filter(([, carried]) => carried > 0)
    .toSorted(([a, carriedA], [b, carriedB]) => carriedB - carriedA || a - b)
    .map(([segment]) => segment);
}

/** Every direction of every link that has something at both ends. */
export function allSegments(machine: MachineDescription): readonly number[] {
  return machine.links.flatMap(({ index, lower }) => (lower === undefined ? [] : [index * 2, index * 2 + 1]));
}

interface PanelInput {
  readonly document: TopologyDocument;
  readonly lanes: readonly ChartedLane[];
  readonly segments: readonly number[];
  readonly credits: CreditChoice;
}

function flowPanel({ document, lanes }: PanelInput): ChartPanel {
  const flows = lanes[0]?.machine.flows ?? [{ id: 'transfer', name: 'Transfer' }];
  const isAlone = lanes[0]?.id === 'flows';
  const tracks: readonly ChartTrack[] = flows.flatMap(({ id, name }, flow) =>
    isAlone && flow === 0
      ? []
      : [
          {
            id,
            label: flow === 0 ? `To ${nodeName(document, document.transfer.to)}` : name,
            lines: linesOf(
              lanes,
              () => total((series, bin) => series.flow(bin, flow), GIGABYTES),
              isAlone ? flowColour(document.flows?.find((one) => one.id === id)) : undefined,
            ),
            limit: undefined,
          },
        ],
  );
  return {
    id: 'flows',
    title: 'Throughput by flow',
    unit: 'GB/s',
    decimals: 2,
    tracks,
    quiet: 'This machine has no flows.',
    leastScale: 1,
  };
}

function segmentTracks(
  input: PanelInput,
  limit: (segment: number) => number | undefined,
  read: (segment: number) => TotalRead | SampleRead,
): readonly ChartTrack[] {
  const machine = input.lanes[0]?.machine;
  if (machine === undefined) return [];
  return input.segments.map((segment) => ({
    id: String(segment),
    label: segmentName(input.document, machine, segment),
    lines: linesOf(input.lanes, () => read(segment)),
    limit: limit(segment),
  }));
}

const directionOf = (segment: number): 0 | 1 => (segment % 2 === 0 ? 0 : 1);
const linkOf = (segment: number): number => Math.floor(segment / 2);

function linkPanels(input: PanelInput): readonly ChartPanel[] {
  const links = input.lanes[0]?.machine.links ?? [];
  const none = 'Nothing has crossed a link yet.';
  const capacity = (segment: number): number | undefined => {
    const rate = links[linkOf(segment)]?.bytesPerSecond;
    return rate === undefined ? undefined : rate / 1e9;
  };
  const payload = (segment: number): TotalRead =>
    total((series, bin) => series.link(bin, linkOf(segment), directionOf(segment)), GIGABYTES);
  const stalled = (segment: number): TotalRead =>
    total((series, bin) => series.creditStall(bin, linkOf(segment), directionOf(segment)), PERCENT);
  const whole = (): number => PERCENT;
  return [
    {
      id: 'links',
      title: 'Throughput by link, payload',
      unit: 'GB/s',
      decimals: 2,
      tracks: segmentTracks(input, capacity, payload),
      quiet: none,
      leastScale: 1,
    },
    {
      id: 'credits',
      title: 'Credits taken',
      unit: '%',
      decimals: 1,
      tracks: segmentTracks(input, whole, (segment) => creditRead(segment, input.credits)),
      quiet: none,
      leastScale: PERCENT,
    },
    {
      id: 'stalls',
      title: 'Waiting for credits',
      unit: '% of time',
      decimals: 1,
      tracks: segmentTracks(input, whole, stalled).filter(({ lines }) => lines.some(hasHappened)),
      quiet: 'No TLP of these links had to wait for credits.',
      leastScale: PERCENT,
    },
  ];
}

/** Something was counted in it so far. */
function hasHappened({ view, read }: ChartLine): boolean {
  const series = view?.series;
  if (series === undefined || read.kind !== 'total') return false;
  const { length } = series;
  return length > 0 && read.total(series, length - 1) > 0;
}

const MOST_REQUESTERS = 6;

function tagPanel({ document, lanes }: PanelInput): ChartPanel {
  const links = lanes[0]?.machine.links.length ?? 0;
  const names = [
    ...document.functions.map(({ id }) => nodeName(document, id)),
    ...document.hostBridges.map(() => 'CPU'),
  ];
  const peak = (requester: number): number =>
    Math.max(...lanes.map(({ view: { series } }) => mostEver(series, tagCell(links, requester))));
  const found = names
    .map((name, requester) => ({ name, requester, peak: peak(requester) }))
    .filter((one) => one.peak > 0)
    .toSorted((a, b) => b.peak - a.peak)
    .slice(0, MOST_REQUESTERS)
    .toSorted((a, b) => a.requester - b.requester);
  return {
    id: 'tags',
    title: 'Outstanding requests',
    unit: 'tags',
    decimals: 1,
    tracks: found.map(({ name, requester }) => {
      const cell = tagCell(links, requester);
      return {
        id: String(requester),
        label: `${name}, of ${Math.max(...lanes.map(({ view }) => view.series.capacity[cell] ?? 0))}`,
        lines: linesOf(lanes, () => ({
          kind: 'sample',
          mean: (series, bin) => series.taken(bin, cell),
          most: (series, bin) => series.mostTaken(bin, cell),
        })),
        limit: undefined,
      };
    }),
    quiet: 'No request has waited for an answer.',
    leastScale: 4,
  };
}

function mostEver(series: SeriesView, cell: number): number {
  let most = 0;
  const { length } = series;
  for (let bin = 0; bin < length; bin += 1) most = Math.max(most, series.mostTaken(bin, cell));
  return most;
}

function hostPanels({ document, lanes }: PanelInput): readonly ChartPanel[] {
  const { memory } = document.host;
  const limit = (memory.channels * memory.channelBytesPerSecond) / 1e9;
  const rows = [
    ['dramRead', 'Read'],
    ['dramWritten', 'Written'],
    ['background', 'Background load'],
  ] as const;
  const hasBackground = (memory.backgroundBytesPerSecond ?? 0) > 0;
  return [
    {
      id: 'dram',
      title: 'DRAM bandwidth',
      unit: 'GB/s',
      decimals: 2,
      tracks: rows
        .filter(([what]) => what !== 'background' || hasBackground)
        .map(([what, label]) => ({
          id: what,
          label,
          lines: linesOf(lanes, () => total((series, bin) => series.dram(bin, what), GIGABYTES)),
          limit,
        })),
      quiet: '',
      leastScale: 1,
    },
    {
      id: 'cpu',
      title: 'CPU time',
      unit: 'cores busy',
      decimals: 2,
      tracks: [
        {
          id: 'cpu',
          label: 'All cores',
          lines: linesOf(lanes, () => total((series, bin) => series.cpuBusy(bin), 1)),
          limit: undefined,
        },
      ],
      quiet: '',
      leastScale: 1,
    },
  ];
}

/** All panels, top to bottom. */
export function chartPanels(input: PanelInput): readonly ChartPanel[] {
  return [flowPanel(input), ...linkPanels(input), tagPanel(input), ...hostPanels(input)];
}
