/*
 * Where the three layers contradict each other: what the kernel says, how functions are grouped, what hardware does.
 */
import type { IsolationAnswer, LayerDisagreement, MapType, PeerRoute, PhysicsAnswer } from '../../pcie/verdict.ts';

export interface Layers {
  readonly mapType: MapType;
  /** Map type of an earlier query, where it differs: mappings use it. */
  readonly staleMapType: MapType | undefined;
  readonly route: PeerRoute;
  readonly isolation: IsolationAnswer;
  readonly physics: { readonly write: PhysicsAnswer; readonly read: PhysicsAnswer };
}

type Between = LayerDisagreement['between'];
const POLICY_PHYSICS: Between = ['policy', 'physics'];

/** All of them, the worst first. */
export function disagreementsOf(layers: Layers): readonly LayerDisagreement[] {
  return [
    ...staleVerdict(layers),
    ...(layers.mapType === 'NOT_SUPPORTED' ? refusedNeedlessly(layers) : brokenPromise(layers)),
    ...shortcut(layers),
    ...differentPaths(layers),
    ...wrongGroups(layers),
  ];
}

/** The kernel says yes; the bytes do not arrive, or not as they were sent. */
function brokenPromise({ physics: { write, read } }: Layers): readonly LayerDisagreement[] {
  const found = (code: string, sentence: string): readonly LayerDisagreement[] => [
    { code, between: POLICY_PHYSICS, severity: 'error', sentence },
  ];
  if (write.outcome === 'arrivesCorrupt' || read.outcome === 'arrivesCorrupt') {
    const detail = write.outcome === 'arrivesCorrupt' ? write.sentence : read.sentence;
    return found('POLICY_YES_DATA_CORRUPT', `The kernel says supported, the hardware corrupts. ${detail}`);
  }
  if (write.outcome === 'iommuFault') {
    return found(
      'POLICY_YES_IOMMU_FAULT',
      `The kernel says supported, the IOMMU refuses the address. ${write.sentence}`,
    );
  }
  if (write.outcome !== 'arrives') {
    return found('POLICY_YES_DROPPED', `The kernel says supported, but writes are lost. ${write.sentence}`);
  }
  if (read.outcome !== 'arrives') {
    return found(
      'POLICY_YES_READ_FAILS',
      `The kernel says supported, and writes arrive, but reads fail. ${read.sentence}`,
    );
  }
  return [];
}

function refusedNeedlessly({ physics: { write, read } }: Layers): readonly LayerDisagreement[] {
  if (write.outcome !== 'arrives') return [];
  const both = read.outcome === 'arrives';
  const what = both ? 'writes and reads would arrive' : 'writes would arrive, only reads would not';
  return [
    {
      code: 'POLICY_NO_HARDWARE_WOULD',
      between: POLICY_PHYSICS,
      severity: 'note',
      sentence: `The kernel refuses, but in this hardware ${what}.`,
    },
  ];
}

/** 5.2: a physical address that a switch recognises, or a bus address that a port sends up. */
function shortcut({ mapType, route }: Layers): readonly LayerDisagreement[] {
  const read = route.readDataRouteClass ?? route.routeClass;
  const below = [route.routeClass, read].filter((where) => where === 'belowSwitch' || where === 'internal').length;
  if (mapType === 'THRU_HOST_BRIDGE' && below > 0) {
    const what = below === 2 ? 'both directions' : route.routeClass === 'belowSwitch' ? 'writes' : 'the data of reads';
    const inside = route.routeClass === 'internal' ? 'the device' : 'the switch';
    return [
      {
        code: 'POLICY_HOST_BRIDGE_SWITCH_SHORTCUTS',
        between: POLICY_PHYSICS,
        severity: 'warning',
        sentence: `The kernel says through the host bridge, but ${inside} short-cuts ${what}: the address on the wire is one that it recognises.`,
      },
    ];
  }
  if (mapType !== 'BUS_ADDR' || below === 2) return [];
  return [
    {
      code: 'POLICY_DIRECT_GOES_UP',
      between: POLICY_PHYSICS,
      severity: 'warning',
      sentence: 'The kernel says direct, but packets go up to the root complex.',
    },
  ];
}

/** W09, W10: one-sided ACS; or an I/O virtual address, which only the root complex understands. */
function differentPaths({ route }: Layers): readonly LayerDisagreement[] {
  const { routeClass, readDataRouteClass, addressForm } = route;
  if (readDataRouteClass === undefined || readDataRouteClass === routeClass) return [];
  const reason =
    addressForm === 'iova'
      ? 'requests carry an IOVA that only the root complex can translate, completions find their way by requester ID'
      : 'request redirect acts at the client’s port, completion redirect at the provider’s';
  return [
    {
      code: 'WRITE_READ_PATHS_DIFFER',
      between: POLICY_PHYSICS,
      severity: 'warning',
      sentence:
        `Requests go ${PLACES[routeClass]}, the data of reads comes back ${PLACES[readDataRouteClass]}: ${reason}. ` +
        'The kernel knows one answer for both.',
    },
  ];
}

const PLACES: Readonly<Record<PeerRoute['routeClass'], string>> = {
  internal: 'inside the device',
  belowSwitch: 'inside the switch',
  rootComplex: 'through the root complex',
  betweenRootComplexes: 'through two root complexes',
};

function wrongGroups({ isolation }: Layers): readonly LayerDisagreement[] {
  return isolation.inaccuracies.map(({ sentence }) => ({
    code: 'GROUP_INACCURATE',
    between: ['isolation', 'physics'] as const,
    severity: 'warning' as const,
    sentence,
  }));
}

/** D-10, W27: registers have changed since the verdict was stored. */
function staleVerdict({ mapType, staleMapType, physics: { write } }: Layers): readonly LayerDisagreement[] {
  if (staleMapType === undefined) return [];
  const outcome = write.outcome === 'arrives' ? 'It still works.' : write.sentence;
  return [
    {
      code: 'STALE_VERDICT',
      between: POLICY_PHYSICS,
      severity: write.outcome === 'arrives' ? 'warning' : 'error',
      sentence:
        `Asked now, the kernel would say ${mapType}, but mappings still use ${staleMapType} from an earlier query: ` +
        `registers have changed since. ${outcome}`,
    },
  ];
}
