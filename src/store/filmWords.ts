/* What the steps of enumeration are called, why software takes them, and which routine of Linux does the same. */
import { addressText, countText, shortBdf } from '../base/format.ts';
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import { bdfText } from '../core/pcie/bdf.ts';
import { WINDOW_ORDER, type HostRoutineName } from '../core/pcie/hostRoutine.ts';
import { bdf } from '../core/pcie/bdf.ts';
import type { FilmPhase, FilmStep } from './film.ts';

export const PHASE_WORDS: Readonly<Record<FilmPhase, string>> = {
  find: 'Find and number',
  assign: 'Give addresses',
  start: 'Set and enable',
  read: 'Read back',
  drivers: 'Drivers',
};

interface RoutineWords {
  readonly title: string;
  readonly why: string;
  /** The routine of Linux that does this. */
  readonly linux: string;
}

const ROUTINE_WORDS: Readonly<Record<HostRoutineName, RoutineWords>> = {
  probe: {
    title: 'Look for a function',
    why: 'A vendor ID of all ones means that nobody answered.',
    linux: 'pci_bus_generic_read_dev_vendor_id',
  },
  readHeader: {
    title: 'Read the header',
    why: 'Class and header type say whether it is a device or a bridge.',
    linux: 'pci_setup_device',
  },
  walkCapabilities: {
    title: 'Walk capabilities',
    why: 'Each capability names the offset of the next one; software keeps where PCI Express, ACS, ARI and SR-IOV are.',
    linux: 'pci_find_next_capability',
  },
  probeWindows: {
    title: 'Ask for windows',
    why: 'I/O and prefetchable windows are optional: what stays zero when written is not there.',
    linux: 'pci_read_bridge_windows',
  },
  readVirtual: {
    title: 'Count VFs',
    why: 'They need routing IDs after their physical function, perhaps on the next bus.',
    linux: 'sriov_init',
  },
  pauseDecoding: {
    title: 'Pause decoding',
    why: 'A BAR that holds all ones must not answer addresses of somebody else.',
    linux: 'pci_read_bases',
  },
  sizeBar: {
    title: 'Size BAR',
    why: 'All ones are written; the address bits that stay zero are the size. Then the old value goes back.',
    linux: '__pci_read_base',
  },
  sizeRom: {
    title: 'Size the ROM',
    why: 'As for a BAR, without its enable bit.',
    linux: '__pci_read_base',
  },
  sizeVirtualBar: {
    title: 'Size VF BAR',
    why: 'One register stands for this BAR of all virtual functions.',
    linux: 'sriov_init',
  },
  enableAri: {
    title: 'ARI forwarding',
    why: 'The port above passes on function numbers beyond 7 only where this is set.',
    linux: 'pci_configure_ari',
  },
  followAri: {
    title: 'Next function',
    why: 'With ARI each function names the next one.',
    linux: 'next_ari_fn',
  },
  enableRetry: {
    title: 'Show retries',
    why: 'What is not ready yet then reads as vendor 0001, and software waits instead of the root complex.',
    linux: 'pci_enable_rrs_sv',
  },
  clearBuses: {
    title: 'Clear bus numbers',
    why: 'Numbers that do not fit here are set to zero: two bridges must not take the same request.',
    linux: 'pci_scan_bridge_extend',
  },
  openBuses: {
    title: 'Give bus numbers',
    why: 'The next free number becomes the bus below; the last one of all stands in as subordinate until it is known.',
    linux: 'pci_scan_bridge_extend',
  },
  closeBuses: {
    title: 'Close the bus range',
    why: 'Everything below has been found: the highest number used is the subordinate bus.',
    linux: 'pci_scan_bridge_extend',
  },
  claimFirmware: {
    title: 'Does it decode?',
    why: 'What decodes already has its addresses claimed first.',
    linux: 'pcibios_allocate_resources',
  },
  readWindows: {
    title: 'Read the windows',
    why: 'Windows that already say the right thing are left alone.',
    linux: 'pci_setup_bridge',
  },
  writeWindow: {
    title: 'Write the window',
    why: 'Requests to these addresses, and no others, are passed down.',
    linux: 'pci_setup_bridge_mmio',
  },
  writeBar: {
    title: 'Write BAR',
    why: 'The function answers at this address once decoding is on.',
    linux: 'pci_std_update_resource',
  },
  initialise: {
    title: 'Common settings',
    why: 'Cache line size, error reporting and extended tags are set in every function.',
    linux: 'pci_configure_device',
  },
  setPayload: {
    title: 'Set MPS',
    why: 'Max Payload Size: nobody on a path may send more than its neighbour takes.',
    linux: 'pci_configure_mps',
  },
  setAcs: {
    title: 'Set ACS',
    why: 'With an IOMMU, requests between peers are sent up to it, unless the command line says otherwise.',
    linux: 'pci_enable_acs',
  },
  enable: {
    title: 'Enable',
    why: 'Decoding and bus mastering on: it answers at its addresses and may send requests.',
    linux: 'pci_enable_device, pci_set_master',
  },
  setSizes: {
    title: 'Set sizes',
    why: 'The document asks for these sizes, as an administrator does after boot.',
    linux: 'setpci',
  },
  readVirtualFunction: {
    title: 'Read a VF',
    why: 'Its vendor ID reads as nothing: it is found through its physical function.',
    linux: 'pci_iov_add_virtfn',
  },
  readBack: {
    title: 'Read back',
    why: 'What is kept is what the registers say, not what was meant.',
    linux: 'pci_setup_device',
  },
  driver: {
    title: 'A driver looks',
    why: 'Before the run begins drivers read what they need and switch on what they use.',
    linux: 'the driver’s probe routine',
  },
};

const WINDOW_WORDS = { io: 'I/O window', memory: 'mem window', prefetchable: 'pref window' } as const;
const WINDOW_ROUTINES = {
  io: 'pci_setup_bridge_io',
  memory: 'pci_setup_bridge_mmio',
  prefetchable: 'pci_setup_bridge_mmio_pref',
} as const;
const ROM_SLOT = 6;
const FIRST_VIRTUAL_SLOT = 7;

/** Domain in front of a number, where it is not the first. */
function domainText(segment: number): string {
  return segment === 0 ? '' : `${segment.toString(16).padStart(4, '0')}:`;
}

function numberText(id: number): string {
  return shortBdf(bdfText(bdf(id >> 8, (id >> 3) & 31, id & 7)));
}

function slotName(slot: number): string {
  if (slot === ROM_SLOT) return 'ROM';
  return slot < ROM_SLOT ? `BAR${slot}` : `VF BAR${slot - FIRST_VIRTUAL_SLOT}`;
}

function windowOf(step: FilmStep): (typeof WINDOW_ORDER)[number] {
  return WINDOW_ORDER[step.detail] ?? 'memory';
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/**
 * A few words for a list.
 * @param name of the function, where there is room for it.
 */
export function stepTitle(step: FilmStep, name = ''): string {
  const { title } = ROUTINE_WORDS[step.routine];
  switch (step.routine) {
    case 'probe':
      return step.fn >= 0 ? `Found ${name}`.trim() : 'Nothing there';
    case 'sizeBar':
      return `Size BAR${step.detail}`;
    case 'sizeVirtualBar':
      return `Size VF BAR${step.detail}`;
    case 'openBuses':
      return `Bus ${hex2(step.detail)} below`;
    case 'closeBuses':
      return `Buses end at ${hex2(step.detail)}`;
    case 'writeWindow':
      return `Write ${WINDOW_WORDS[windowOf(step)]}`;
    case 'writeBar':
      return step.writes > 0 ? `Write ${slotName(step.detail)}` : `Check ${slotName(step.detail)}`;
    default:
      return title;
  }
}

/** Where it happens: one number, or the numbers tried. */
export function stepPlace(step: FilmStep): string {
  return step.lastBdf === step.bdf ? numberText(step.bdf) : `${numberText(step.bdf)} … ${numberText(step.lastBdf)}`;
}

export interface StepWords {
  readonly title: string;
  /** What happens, with names and numbers. */
  readonly what: string;
  readonly why: string;
  readonly linux: string;
}

/** Routines that write only what is not yet as it should be. */
const MAY_WRITE: ReadonlySet<HostRoutineName> = new Set<HostRoutineName>([
  'enableAri',
  'enableRetry',
  'writeBar',
  'setPayload',
  'setAcs',
  'enable',
  'setSizes',
]);

/** What came of a step, as far as its own requests say. */
function outcome(step: FilmStep, recording: BootRecording): string {
  const { requests } = recording;
  if (step.routine === 'probe') {
    if (step.fn < 0) {
      const tries = step.end - step.first;
      return tries === 1 ? 'Nobody answers.' : `None of ${countText(tries, 'number')} answers.`;
    }
    const identity = requests.value[step.end - 1] ?? 0;
    const ids = [identity % 65536, Math.floor(identity / 65536)].map((id) => id.toString(16).padStart(4, '0'));
    return `It answers with vendor ${ids[0]}, device ${ids[1]}.`;
  }
  if (step.routine === 'openBuses' || step.routine === 'closeBuses') {
    const written = requests.value[step.end - 1] ?? 0;
    if (step.routine === 'closeBuses') return `Subordinate bus ${hex2(written)}.`;
    const [primary, secondary, subordinate] = [written % 256, (written >> 8) % 256, (written >> 16) % 256];
    return `Primary ${hex2(primary)}, secondary ${hex2(secondary)}, subordinate ${hex2(subordinate)} for now.`;
  }
  return step.writes === 0 && MAY_WRITE.has(step.routine) ? 'Nothing had to be written.' : '';
}

/**
 * A step in words.
 * @param name what people call the function it is about; undefined = nobody answered.
 */
export function stepWords(step: FilmStep, recording: BootRecording, name: string | undefined): StepWords {
  const { why, linux } = ROUTINE_WORDS[step.routine];
  const title = stepTitle(step);
  const at = domainText(step.segment) + stepPlace(step);
  const place = name === undefined ? at : `${name} (${at})`;
  const came = outcome(step, recording);
  const reads = step.end - step.first - step.writes;
  const counts = [
    ...(reads > 0 ? [countText(reads, 'read')] : []),
    ...(step.writes > 0 ? [countText(step.writes, 'write')] : []),
  ].join(', ');
  return {
    title,
    what: `${place}: ${counts}.${came === '' ? '' : ` ${came}`}`,
    why,
    linux: step.routine === 'writeWindow' ? WINDOW_ROUTINES[windowOf(step)] : linux,
  };
}

/** `CfgRd0 04:00.0 [010h] 4 B` without what came back. */
export function requestText(recording: BootRecording, request: number): string {
  const { isWrite, bdf: numbers, offset, bytes } = recording.requests;
  const kind = isWrite[request] === 1 ? 'CfgWr' : 'CfgRd';
  const at = (offset[request] ?? 0).toString(16).toUpperCase().padStart(3, '0');
  return `${kind} ${numberText(numbers[request] ?? 0)} ${at}h ${bytes[request] ?? 0} B`;
}

/** The value of a request with as many digits as it has bytes. */
export function requestValue(recording: BootRecording, request: number): string {
  const { value, bytes } = recording.requests;
  return addressText(value[request] ?? 0, 2 * (bytes[request] ?? 4));
}
