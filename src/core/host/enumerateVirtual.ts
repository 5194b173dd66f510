/*
 * Virtual functions: found through the SR-IOV capability of their physical function, since their own vendor
 * ID reads as if nothing were there.
 * Source: semantics reference, section 0 (upstream bridge of a VF); PCIe Base 5.0 §9.2.1.
 */
import type { Bdf } from '../../base/units.ts';
import { REVISION_AND_CLASS } from '../config/header.ts';
import { extractField } from '../config/register.ts';
import { walkCapabilities, walkExtendedCapabilities } from '../config/capability.ts';
import { EXPRESS } from '../config/expressCapability.ts';
import { ACS } from '../config/extendedCapabilities.ts';
import { bdf } from '../pcie/bdf.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, during, walkByRequests } from './configRequests.ts';
import type { FoundBus, FoundFunction, VirtualFunctions } from './hostTree.ts';
import { functionsFrom } from './hostTree.ts';

function idFrom(number: number): Bdf {
  return bdf(Math.floor(number / 256), (number >> 3) & 31, number & 7);
}

/**
 * Adds the enabled virtual functions of everything below `root`.
 * @simplifies Virtual functions exist from the start, as the document says; no driver enables them.
 */
export function* addVirtualFunctions(root: FoundBus): HostProcess<void> {
  for (const physical of functionsFrom(root)) {
    const virtual = physical.virtualFunctions;
    if (virtual === undefined || !virtual.enabled) continue;
    for (let index = 0; index < virtual.count; index++) {
      const id = idFrom(physical.bdf + virtual.firstOffset + index * virtual.stride);
      const place = { segment: physical.bus.segment, bdf: id };
      const read = readVirtualFunction(physical, virtual, id, index);
      const found = yield* during('readVirtualFunction', place, read, index);
      if (found !== undefined) physical.bus.functions.push(found);
    }
    physical.bus.functions.sort((a, b) => a.bdf - b.bdf);
  }
}

function* readVirtualFunction(
  physical: FoundFunction,
  virtual: VirtualFunctions,
  id: Bdf,
  index: number,
): HostProcess<FoundFunction | undefined> {
  const place = { segment: physical.bus.segment, bdf: id };
  const revisionAndClass = yield* configRead(place, REVISION_AND_CLASS.offsetBytes, 4);
  if (revisionAndClass === 0xffffffff) return undefined;
  const first = yield* walkByRequests(place, walkCapabilities());
  const extended = yield* walkByRequests(place, walkExtendedCapabilities());
  return {
    bus: physical.bus,
    bdf: id,
    vendorId: physical.vendorId,
    deviceId: virtual.deviceId,
    classCode: extractField(REVISION_AND_CLASS, 'classCode', revisionAndClass),
    headerType: 0,
    multiFunction: true,
    kind: physical.kind,
    express: first.find((entry) => entry.id === EXPRESS.id)?.offset,
    acs: extended.find((entry) => entry.id === ACS.id)?.offset,
    ari: undefined,
    virtualFunctions: undefined,
    resources: [],
    bridge: undefined,
    physical,
    virtualIndex: index,
  };
}
