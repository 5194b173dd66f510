/*
 * The third layer: what becomes of a client's write and read in this hardware. The kernel's opinion plays no part, and
 * nothing here is known to the kernel: what a root complex does with peer traffic is in no register.
 */
import { ACS_BITS } from '../../pcie/acs.ts';
import { at } from '../../../base/invariant.ts';
import type { PeerPolicy } from '../../pcie/machineSpec.ts';
import type { PhysicsAnswer } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import type { Path, PathElement } from '../route.ts';
import { functionAt, isBridge } from './chain.ts';
import type { ViewNames } from './names.ts';
import { shortPlace } from './names.ts';
import type { AddressForm, PairPaths } from './peerRoute.ts';

/** What the hardware is like beyond what a driver can read of it. All arguments are indices of the view. */
export interface HardwareTruth {
  /** What a host bridge does with traffic between its ports. */
  readonly peerPolicy: (hostBridge: number, access: 'write' | 'read') => PeerPolicy;
  /** Memory Space Enable and Bus Master Enable as they are now. */
  readonly memoryEnabled: (fn: number) => boolean;
  readonly busMasterEnabled: (fn: number) => boolean;
  /** The IOMMU has lost everything that was mapped for the function. */
  readonly hasLostMappings: (fn: number) => boolean;
  /** The function translates by itself (ATS is on). */
  readonly translatesItself: (fn: number) => boolean;
  /** Its payload requests have the Relaxed Ordering attribute, and so have the answers. */
  readonly relaxesOrdering: (fn: number) => boolean;
}

interface Subject {
  readonly view: HostView;
  readonly names: ViewNames;
  readonly truth: HardwareTruth;
  readonly pair: { readonly provider: number; readonly client: number };
  readonly paths: PairPaths;
  readonly form: AddressForm;
}

/**
 * What becomes of a write and of a read.
 * @spec semantics reference R-3 …, 1.4 (`rcP2P`), 9.1
 */
export function physicsOf(subject: Subject): { readonly write: PhysicsAnswer; readonly read: PhysicsAnswer } {
  return { write: outcomeOf(subject, 'write'), read: outcomeOf(subject, 'read') };
}

function outcomeOf(subject: Subject, access: 'write' | 'read'): PhysicsAnswer {
  return (
    unsent(subject) ??
    refusedOnTheWay(subject, access) ??
    switchedOff(subject, access) ??
    untranslatable(subject, access) ??
    inRootComplex(subject, access) ??
    switchedOffAtTarget(subject, access) ??
    lostAnswer(subject, access) ??
    arrives(subject, access)
  );
}

/** without Bus Master Enable the client sends nothing. */
function unsent({ view, names, truth, pair }: Subject): PhysicsAnswer | undefined {
  if (truth.busMasterEnabled(pair.client)) return undefined;
  const sentence = `${title(view, names, pair.client)} may not send requests: its Bus Master Enable is clear.`;
  return { outcome: 'dropped', at: idOf(names, pair.client), sentence };
}

/** A port refuses the request: nobody claims the address, or ACS forbids it. */
function refusedOnTheWay({ view, names, paths }: Subject, access: 'write' | 'read'): PhysicsAnswer | undefined {
  const { end } = paths.request;
  if (end === undefined) return undefined;
  const where = end.fn === undefined ? 'the root complex' : title(view, names, end.fn);
  const isViolation = end.status === 'acsViolation';
  const at = end.fn === undefined ? rootOf(names, paths.request) : idOf(names, end.fn);
  return failure(access, isViolation ? 'completerAbort' : 'unsupportedRequest', at, `at ${where}: ${end.reason}`);
}

/** a bridge needs Bus Master Enable to pass requests up and Memory Space Enable to pass them down. */
function switchedOff({ view, names, truth, paths }: Subject, access: 'write' | 'read'): PhysicsAnswer | undefined {
  for (const element of paths.request.elements) {
    const port = portOf(element);
    if (port === undefined) continue;
    const isUp = element.kind === 'up';
    if (isUp ? truth.busMasterEnabled(port) : truth.memoryEnabled(port)) continue;
    const bit = isUp ? 'Bus Master Enable' : 'Memory Space Enable';
    return failure(
      access,
      'unsupportedRequest',
      idOf(names, port),
      `at ${title(view, names, port)}: its ${bit} is clear`,
    );
  }
  return undefined;
}

/** a bus or physical address that comes to a translating IOMMU has no mapping there; others may have lost theirs. */
function untranslatable(subject: Subject, access: 'write' | 'read'): PhysicsAnswer | undefined {
  const { view, names, paths, form, truth, pair } = subject;
  if ((form === 'iova' || form === 'translated') && truth.hasLostMappings(pair.client)) {
    const ending = access === 'write' ? 'The write is dropped' : 'The read is answered with Unsupported Request';
    const sentence = `${ending}: the IOMMU has lost what was mapped for ${title(view, names, pair.client)}.`;
    return { outcome: 'iommuFault', at: rootOf(names, paths.request), sentence };
  }
  if (view.iommu !== 'translate' || form === 'iova' || form === 'translated' || !passesRoot(paths.request))
    return undefined;
  const entry = entryOf(paths.request, subject.pair.client);
  const control = functionAt(view, entry).acs?.control ?? 0;
  // Without request redirect at the root port an address in another port's window does not go through the IOMMU.
  if ((control & ACS_BITS.p2pRequestRedirect) === 0) return undefined;
  const at = rootOf(names, paths.request);
  const reason = `the IOMMU has no mapping for a ${form} address (${title(view, names, entry)} sends it there by request redirect)`;
  const ending = access === 'write' ? 'the write is dropped' : 'the read is answered with Unsupported Request';
  return { outcome: 'iommuFault', at, sentence: `${capital(ending)}: ${reason}.` };
}

/**
 * Root complexes forward peer requests, or drop or refuse them, and may damage payload: that of writes, and of the
 * completions of reads, which can take another way than their requests. The worse of the two on the way counts.
 */
function inRootComplex({ names, truth, paths }: Subject, access: 'write' | 'read'): PhysicsAnswer | undefined {
  const payloadPath = access === 'write' ? paths.request : (paths.completion ?? paths.request);
  for (const policy of WORST_FIRST) {
    const path = policy === 'corrupt' ? payloadPath : paths.request;
    const culprit = rootComplexesOn(path).find((bridge) => truth.peerPolicy(bridge, access) === policy);
    if (culprit === undefined) continue;
    const where = at(names.hostBridges, culprit);
    return rootOutcome(access, policy, where.id, `the root complex of ${where.name}`);
  }
  return undefined;
}

const WORST_FIRST: readonly PeerPolicy[] = ['unsupported', 'drop', 'timeout', 'corrupt'];

function rootComplexesOn(path: Path): readonly number[] {
  return path.elements.flatMap((element) => (element.kind === 'rootComplex' ? [element.hostBridge] : []));
}

function rootOutcome(access: 'write' | 'read', policy: PeerPolicy, node: string, root: string): PhysicsAnswer {
  if (policy === 'corrupt') {
    return { outcome: 'arrivesCorrupt', at: node, sentence: `The bytes arrive, but ${root} has damaged them.` };
  }
  if (policy === 'unsupported')
    return failure(access, 'unsupportedRequest', node, `because ${root} does not forward it`);
  if (access === 'write') {
    return { outcome: 'dropped', at: node, sentence: `The write vanishes in ${root}; the client learns nothing.` };
  }
  return { outcome: 'timeout', at: node, sentence: `The read vanishes in ${root} and ends in a completion timeout.` };
}

/** without Memory Space Enable the target answers nothing. */
function switchedOffAtTarget(
  { view, names, truth, pair }: Subject,
  access: 'write' | 'read',
): PhysicsAnswer | undefined {
  if (pair.client === pair.provider || truth.memoryEnabled(pair.provider)) return undefined;
  const reason = `at ${title(view, names, pair.provider)}: its Memory Space Enable is clear`;
  return failure(access, 'unsupportedRequest', idOf(names, pair.provider), reason);
}

/** The data of the read does not come back. */
function lostAnswer({ view, names, paths }: Subject, access: 'write' | 'read'): PhysicsAnswer | undefined {
  const end = paths.completion?.end;
  if (access === 'write' || end === undefined) return undefined;
  const where = end.fn === undefined ? 'the root complex' : title(view, names, end.fn);
  return {
    outcome: 'timeout',
    at: end.fn === undefined ? undefined : idOf(names, end.fn),
    sentence: `The read ends in a completion timeout, because its answer is dropped at ${where}: ${end.reason}.`,
  };
}

function arrives({ view, names, pair, paths }: Subject, access: 'write' | 'read'): PhysicsAnswer {
  const path = access === 'write' ? paths.request : (paths.completion ?? paths.request);
  const way = passesRoot(path)
    ? 'through the root complex'
    : isInside(path)
      ? 'inside the device'
      : 'below the root complex';
  const what = access === 'write' ? 'The write arrives' : 'The data of the read comes back';
  const place = access === 'write' ? ` at ${title(view, names, pair.provider)}` : '';
  return { outcome: 'arrives', at: undefined, sentence: `${what}${place}, ${way}.` };
}

function failure(
  access: 'write' | 'read',
  status: 'unsupportedRequest' | 'completerAbort',
  node: string | undefined,
  reason: string,
): PhysicsAnswer {
  if (access === 'write') {
    return { outcome: 'dropped', at: node, sentence: `The write is dropped ${reason}; the client learns nothing.` };
  }
  const answer = status === 'completerAbort' ? 'Completer Abort' : 'Unsupported Request';
  return { outcome: status, at: node, sentence: `The read is answered with ${answer} ${reason}.` };
}

/** The last function before the root complex: a root port, or the client itself on a root bus. */
function entryOf(path: Path, client: number): number {
  let entry = client;
  for (const element of path.elements) {
    if (element.kind === 'rootComplex') break;
    if (element.kind === 'up') entry = element.port;
  }
  return entry;
}

function passesRoot(path: Path): boolean {
  return path.elements.some((element) => element.kind === 'rootComplex');
}

function isInside(path: Path): boolean {
  return path.elements.every((element) => element.kind === 'insideFunction' || element.kind === 'insideDevice');
}

function rootOf(names: ViewNames, path: Path): string | undefined {
  const found = path.elements.find((element) => element.kind === 'rootComplex');
  return found?.kind === 'rootComplex' ? at(names.hostBridges, found.hostBridge).id : undefined;
}

function portOf(element: PathElement): number | undefined {
  switch (element.kind) {
    case 'up':
    case 'down':
      return element.port;
    default:
      return undefined;
  }
}

function idOf(names: ViewNames, index: number): string {
  return at(names.functions, index).id;
}

function title(view: HostView, names: ViewNames, index: number): string {
  const place = shortPlace(view, index);
  const { name } = at(names.functions, index);
  const shown = name.includes(place) ? name : `${name} (${place})`;
  return isBridge(functionAt(view, index)) ? `port ${shown}` : shown;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
