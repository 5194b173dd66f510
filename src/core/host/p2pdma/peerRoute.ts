/*
 * The physical route of a pair in both directions, with names: predicted paths turned into the plain data of
 * the verdict, and into the path notation of the semantics reference.
 */
import { hex } from '../../../base/bits.ts';
import { at } from '../../../base/invariant.ts';
import { deviceOf } from '../../pcie/bdf.ts';
import type { PeerRoute, RouteClass, RouteEnd, RouteHop } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import { predictPath } from '../route.ts';
import type { Path, PathElement } from '../route.ts';
import { peerMemoryAddress } from '../routeClaims.ts';
import { functionAt } from './chain.ts';
import { shortPlace } from './names.ts';
import type { ViewNames } from './names.ts';

/** Which form of address the client is given (semantics reference 5.2). */
export type AddressForm = NonNullable<PeerRoute['addressForm']>;

/** Both directions of one pair as the hardware would route them. */
export interface PairPaths {
  /** Requests of the client: writes, and the read requests, which take the same way. */
  readonly request: Path;
  /** Completions with the data of reads; undefined if the request never arrives. */
  readonly completion: Path | undefined;
}

/** How the packets of a pair are addressed. */
export interface PairPackets {
  readonly form: AddressForm;
  /** Bus address inside the provider; default: the memory a peer would use. */
  readonly address?: number | undefined;
  /** Completions carry the Relaxed Ordering attribute. */
  readonly relaxed?: boolean;
}

/** @spec semantics reference R-1 … R-11, D-20 */
export function predictPair(
  view: HostView,
  pair: { readonly provider: number; readonly client: number },
  packets: PairPackets,
): PairPaths {
  const { form } = packets;
  const address = packets.address ?? peerMemoryAddress(functionAt(view, pair.provider));
  const request = predictPath(
    view,
    pair.client,
    { by: 'address', fn: pair.provider, address },
    { iova: form === 'iova', translated: form === 'translated' },
  );
  if (request.end !== undefined) return { request, completion: undefined };
  const options = { relaxed: packets.relaxed === true };
  return { request, completion: predictPath(view, pair.provider, { by: 'id', fn: pair.client }, options) };
}

/** The route of a pair as plain data. */
export function peerRoute(view: HostView, names: ViewNames, paths: PairPaths, addressForm: AddressForm): PeerRoute {
  const { request, completion } = paths;
  const writeEnd = endOf(request, names);
  const readDataEnd = completion === undefined ? writeEnd : endOf(completion, names);
  const decision = request.decision;
  const decidingNode = decision === undefined ? undefined : decidedBy(decision.fn, request, names);
  return {
    routeClass: routeClassOf(request),
    write: hopsOf(view, names, request),
    readData: completion === undefined ? [] : hopsOf(view, names, completion),
    ...(completion === undefined ? {} : { readDataRouteClass: routeClassOf(completion) }),
    addressForm,
    ...(writeEnd === undefined ? {} : { writeEnd }),
    ...(readDataEnd === undefined ? {} : { readDataEnd }),
    ...(decision === undefined || decidingNode === undefined
      ? {}
      : { deciding: { node: decidingNode, register: decision.register, reason: decision.reason } }),
  };
}

/** The farthest place a path goes through. */
export function routeClassOf(path: Path): RouteClass {
  const roots = path.elements.filter((element) => element.kind === 'rootComplex').length;
  if (roots > 1) return 'betweenRootComplexes';
  if (roots === 1) return 'rootComplex';
  return path.elements.every((element) => element.kind === 'insideFunction' || element.kind === 'insideDevice')
    ? 'internal'
    : 'belowSwitch';
}

/**
 * A path in the notation of the semantics reference's Appendix A: `DSP1^`, `X(USP)`, `RC(H1)>IC>RC(H0)`,
 * `internal(A)`, `internal(dev 00)`; `bus(PB)` for a conventional bus.
 */
export function pathNotation(view: HostView, names: ViewNames, path: Path): readonly string[] {
  const style: PathStyle = {
    fn: (index) => at(names.functions, index).name,
    hostBridge: (index) => at(names.hostBridges, index).name,
    up: '^',
    down: 'v',
  };
  const parts: string[] = [];
  let previous: PathElement | undefined;
  for (const element of path.elements) {
    const text = elementText(view, element, style);
    const last = parts.length - 1;
    if (element.kind === 'rootComplex' && previous?.kind === 'rootComplex')
      parts[last] = `${at(parts, last)}>IC>${text}`;
    else parts.push(text);
    previous = element;
  }
  return parts;
}

function hopsOf(view: HostView, names: ViewNames, path: Path): readonly RouteHop[] {
  const style: PathStyle = {
    fn: (index) => shortPlace(view, index),
    hostBridge: (index) => at(names.hostBridges, index).id,
    up: '↑',
    down: '↓',
  };
  return path.elements.map((element): RouteHop => ({
    node: nodeOf(element, names),
    direction: element.kind === 'up' || element.kind === 'down' ? element.kind : 'inside',
    text: elementText(view, element, style),
  }));
}

/** How the elements of a path are written. */
interface PathStyle {
  readonly fn: (index: number) => string;
  readonly hostBridge: (index: number) => string;
  readonly up: string;
  readonly down: string;
}

function elementText(view: HostView, element: PathElement, style: PathStyle): string {
  switch (element.kind) {
    case 'up':
      return `${style.fn(element.port)}${style.up}`;
    case 'down':
      return `${style.fn(element.port)}${style.down}`;
    case 'switch':
      return `X(${style.fn(element.upstreamPort)})`;
    case 'bus':
      return `bus(${style.fn(element.bridge)})`;
    case 'rootComplex':
      return `RC(${style.hostBridge(element.hostBridge)})`;
    case 'insideFunction':
      return `internal(${style.fn(element.fn)})`;
    case 'insideDevice':
      return `internal(dev ${hex(deviceOf(functionAt(view, element.fn).bdf), 2)})`;
  }
}

function nodeOf(element: PathElement, names: ViewNames): string {
  switch (element.kind) {
    case 'up':
    case 'down':
      return at(names.functions, element.port).id;
    case 'switch':
      return at(names.functions, element.upstreamPort).id;
    case 'bus':
      return at(names.functions, element.bridge).id;
    case 'rootComplex':
      return at(names.hostBridges, element.hostBridge).id;
    case 'insideFunction':
    case 'insideDevice':
      return at(names.functions, element.fn).id;
  }
}

function endOf(path: Path, names: ViewNames): RouteEnd | undefined {
  if (path.end === undefined) return undefined;
  const node = decidedBy(path.end.fn, path, names);
  return node === undefined ? undefined : { node, status: path.end.status, reason: path.end.reason };
}

/** Id of a function, or of the root complex the path was in. */
function decidedBy(fn: number | undefined, path: Path, names: ViewNames): string | undefined {
  if (fn !== undefined) return at(names.functions, fn).id;
  for (const element of path.elements) {
    if (element.kind === 'rootComplex') return at(names.hostBridges, element.hostBridge).id;
  }
  return undefined;
}
