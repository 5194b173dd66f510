/*
 * The PCI Express capability as each kind of function has it.
 * Source: enumeration reference, section 8.2.
 */
import { LINK_WIDTHS } from '../pcie/link.ts';
import type { FunctionKind, FunctionSpec } from '../pcie/machineSpec.ts';
import type { CapabilityInstance, ImagePlace, RegisterInstance } from './capabilityInstance.ts';
import { instance, plain } from './capabilityInstance.ts';
import type { ConfigSpace } from './configSpace.ts';
import { findCapability } from './capability.ts';
import {
  DEVICE_CAPABILITIES,
  DEVICE_CAPABILITIES_2,
  DEVICE_CONTROL,
  DEVICE_CONTROL_2,
  DEVICE_STATUS,
  EXPRESS,
  EXPRESS_FLAGS,
  LINK_CAPABILITIES,
  LINK_CAPABILITIES_2,
  LINK_CONTROL_2,
  LINK_CONTROL_DOWNSTREAM,
  LINK_CONTROL_UPSTREAM,
  LINK_STATUS,
  LINK_STATUS_2,
  PORT_TYPE,
  ROOT_CAPABILITIES,
  ROOT_CONTROL,
  ROOT_STATUS,
  SLOT_CAPABILITIES,
  SLOT_CONTROL,
  SLOT_STATUS,
  payloadSizeCode,
} from './expressCapability.ts';
import type { PortTypeName } from './expressCapability.ts';
import type { FunctionPlace, LinkState } from './places.ts';
import { DEFAULT_LINK_END, hasLinkBelow, isConventionalKind } from './places.ts';

const DEFAULT_MPS_SUPPORTED_BYTES = 256;

/** Name of the device/port type of a kind; undefined for conventional functions. */
export function portTypeOfKind(kind: FunctionKind): PortTypeName | undefined {
  return kind === 'hostBridge' || kind === 'pciBridge' || kind === 'pciDevice' ? undefined : kind;
}

/** Kinds inside the root complex: their link registers are zero. */
function isInsideRootComplex(kind: FunctionKind): boolean {
  return kind === 'rcEndpoint' || kind === 'rcEventCollector';
}

/** The whole capability of `spec`; `image` = where an imported function has it. */
export function expressInstance(
  spec: FunctionSpec,
  place: FunctionPlace,
  image: ImagePlace | undefined,
): CapabilityInstance | undefined {
  const type = portTypeOfKind(spec.kind);
  if (type === undefined || isConventionalKind(spec.kind)) {
    return image === undefined
      ? undefined
      : {
          definition: EXPRESS,
          lengthBytes: EXPRESS.lengthBytes,
          registers: deviceRegisters(spec, place),
          stated: false,
        };
  }
  const version = image === undefined ? 2 : image.reader.read(image.offset + EXPRESS_FLAGS.offsetBytes, 1) & 0xf;
  return {
    definition: EXPRESS,
    lengthBytes: EXPRESS.lengthBytes,
    registers: [
      instance(EXPRESS_FLAGS, {
        facts: { portType: PORT_TYPE[type], slotImplemented: spec.slot === undefined ? 0 : 1 },
      }),
      ...deviceRegisters(spec, place),
      ...(isInsideRootComplex(spec.kind) ? [] : linkRegisters(spec, place, image)),
      ...(spec.slot === undefined ? [] : slotRegisters(spec, place, spec.slot)),
      ...(spec.kind === 'rootPort' || spec.kind === 'rcEventCollector' ? rootRegisters() : []),
      ...(version < 2 ? [] : versionTwoRegisters(spec, place)),
    ],
    stated: true,
  };
}

function deviceRegisters(spec: FunctionSpec, place: FunctionPlace): readonly RegisterInstance[] {
  const endpoint = spec.kind === 'endpoint' || spec.kind === 'legacyEndpoint' || spec.kind === 'rcEndpoint';
  const mpsSupported = spec.mpsSupportedBytes;
  return [
    instance(DEVICE_CAPABILITIES, {
      defaults: {
        maxPayloadSizeSupported: payloadSizeCode(DEFAULT_MPS_SUPPORTED_BYTES),
        functionLevelReset: endpoint ? 1 : 0,
        // No limit: endpoints of this model accept any exit latency.
        l0sAcceptableLatency: endpoint ? 7 : 0,
        l1AcceptableLatency: endpoint ? 7 : 0,
        // Set by the slot's message after training; ports above a link receive none.
        slotPowerLimitValue: hasLinkBelow(spec.kind) ? 0 : place.slotPowerWatts,
      },
      facts: mpsSupported === undefined ? {} : { maxPayloadSizeSupported: payloadSizeCode(mpsSupported) },
    }),
    instance(DEVICE_CONTROL, {
      state: {
        ...(spec.mpsBytes === undefined ? {} : { maxPayloadSize: payloadSizeCode(spec.mpsBytes) }),
        ...(spec.mrrsBytes === undefined ? {} : { maxReadRequestSize: payloadSizeCode(spec.mrrsBytes) }),
      },
    }),
    instance(DEVICE_STATUS),
  ];
}

/** Fields of Link Status for a negotiated link. */
function linkStatusFields(link: LinkState, above: boolean) {
  return { speed: link.gen, width: link.width, dataLinkActive: above && link.up ? 1 : 0 };
}

function linkRegisters(
  spec: FunctionSpec,
  place: FunctionPlace,
  image: ImagePlace | undefined,
): readonly RegisterInstance[] {
  const above = hasLinkBelow(spec.kind);
  const end = spec.link ?? DEFAULT_LINK_END;
  const ability = { maxSpeed: end.maxGen, maxWidth: end.maxWidth };
  return [
    instance(LINK_CAPABILITIES, {
      defaults: {
        ...ability,
        dataLinkActiveReporting: above ? 1 : 0,
        bandwidthNotification: above ? 1 : 0,
        portNumber: place.portNumber,
      },
      facts: spec.link !== undefined && isRepresentable(image, LINK_CAPABILITIES.offsetBytes) ? ability : {},
    }),
    instance(above ? LINK_CONTROL_DOWNSTREAM : LINK_CONTROL_UPSTREAM),
    instance(LINK_STATUS, { facts: linkStatusFacts(spec, place, above, image) }),
  ];
}

function linkStatusFacts(spec: FunctionSpec, place: FunctionPlace, above: boolean, image: ImagePlace | undefined) {
  const observed = spec.link?.observed;
  if (observed !== undefined) {
    return { speed: observed.gen, width: observed.width, dataLinkActive: observed.active ? 1 : 0 };
  }
  if (image !== undefined && (spec.link === undefined || !isRepresentable(image, LINK_STATUS.offsetBytes))) return {};
  return place.link === undefined ? {} : linkStatusFields(place.link, above);
}

/** Widths such as x12 and x32 have no counterpart in a document: an image keeps its own register then. */
function isRepresentable(image: ImagePlace | undefined, offsetBytes: number): boolean {
  if (image === undefined) return true;
  const value = image.reader.read(image.offset + offsetBytes, 2);
  const width = (value >>> 4) & 0x3f;
  return (width === 0 || LINK_WIDTHS.some((known) => known === width)) && (value & 0xf) >= 1 && (value & 0xf) <= 6;
}

function slotRegisters(
  spec: FunctionSpec,
  place: FunctionPlace,
  slot: { readonly number: number; readonly hotPlug: boolean },
): readonly RegisterInstance[] {
  return [
    instance(SLOT_CAPABILITIES, {
      defaults: {
        powerLimitValue: hasLinkBelow(spec.kind) ? place.slotPowerWatts : 0,
        hotPlugSurprise: slot.hotPlug ? 1 : 0,
      },
      facts: { hotPlugCapable: slot.hotPlug ? 1 : 0, slotNumber: slot.number },
    }),
    instance(SLOT_CONTROL),
    instance(SLOT_STATUS, { defaults: { presenceDetect: place.occupied ? 1 : 0 } }),
  ];
}

function rootRegisters(): readonly RegisterInstance[] {
  return plain([ROOT_CONTROL, ROOT_CAPABILITIES, ROOT_STATUS]);
}

function versionTwoRegisters(spec: FunctionSpec, place: FunctionPlace): readonly RegisterInstance[] {
  const end = spec.link ?? DEFAULT_LINK_END;
  const linked = !isInsideRootComplex(spec.kind);
  const equalized = place.link !== undefined && place.link.up && place.link.gen >= 3;
  return [
    instance(DEVICE_CAPABILITIES_2, { defaults: deviceCapabilities2Of(spec.kind) }),
    instance(DEVICE_CONTROL_2, { state: { ...orderingState(spec), ...timeoutState(spec) }, stateIsStrap: true }),
    ...(linked
      ? [
          instance(LINK_CAPABILITIES_2, { defaults: { supportedSpeeds: 2 ** end.maxGen - 1 } }),
          instance(LINK_CONTROL_2, { defaults: { targetSpeed: end.maxGen } }),
          instance(LINK_STATUS_2, { defaults: { equalization: equalized ? 0xf : 0 } }),
        ]
      : []),
  ];
}

/** Completion timeout as the document asks for it. */
function timeoutState({ completionTimeout }: FunctionSpec) {
  if (completionTimeout === undefined) return {};
  return {
    completionTimeoutValue: completionTimeout.value ?? 0,
    completionTimeoutDisable: completionTimeout.disabled === true ? 1 : 0,
  };
}

/** ID-based ordering as the document asks for it. */
function orderingState(spec: FunctionSpec) {
  const enable = spec.ordering?.idBased === true ? 1 : undefined;
  return enable === undefined ? {} : { idoRequestEnable: enable, idoCompletionEnable: enable };
}

/** 083f on root ports, 0840 upstream, 0860 downstream, 1081f on endpoints and bridges. */
function deviceCapabilities2Of(kind: FunctionKind) {
  const port = kind === 'upstreamPort' || kind === 'downstreamPort';
  return {
    completionTimeoutRanges: port ? 0 : 0xf,
    completionTimeoutDisable: port ? 0 : 1,
    ariForwarding: hasLinkBelow(kind) ? 1 : 0,
    atomicRouting: port ? 1 : 0,
    latencyToleranceReporting: 1,
    tenBitTagCompleter: port || kind === 'rootPort' ? 0 : 1,
  };
}

/**
 * Hardware's report of a link's state: after training, a surprise removal, or a change of width.
 * @param above true on the port that leads away from the root.
 */
export function pokeLinkStatus(config: ConfigSpace, link: LinkState, above: boolean): void {
  const offset = findCapability(config, EXPRESS);
  if (offset !== undefined) config.pokeFields(LINK_STATUS, offset, linkStatusFields(link, above));
}
