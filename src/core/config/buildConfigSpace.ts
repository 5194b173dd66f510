/*
 * From a function's description to its configuration space: header, capability lists, masks, side effects.
 * A described function gets this project's own layout (enumeration reference, section 8); an imported one
 * starts from its image, in which the capabilities are found by its own chains and the document's values
 * are encoded.
 */
import { invariant } from '../../base/invariant.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';
import { buildHeader } from './buildHeader.ts';
import { attachInstance } from './capabilityInstance.ts';
import type { CapabilityInstance, ImagePlace, RegisterInstance } from './capabilityInstance.ts';
import { linkNewCapabilities, unlinkCapability } from './capabilityChains.ts';
import { listCapabilities, listExtendedCapabilities } from './capability.ts';
import { CONVENTIONAL_CONFIG_BYTES, ConfigSpace, EXPRESS_CONFIG_BYTES } from './configSpace.ts';
import { capabilitiesOf } from './functionCapabilities.ts';
import type { FunctionPlace } from './places.ts';
import { isConventionalKind, placesOf } from './places.ts';
import { connectSideEffects } from './sideEffects.ts';

/** Bytes of a `configImage`. @throws InvariantError unless it is an even number of hexadecimal digits, 64…4096 bytes. */
function imageBytes(text: string): Uint8Array {
  invariant(/^([0-9a-fA-F]{2}){64,4096}$/.test(text), () => `not a configuration image: ${text.length} characters`);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** 256 bytes for conventional functions (unless their image is longer), 4096 for PCI Express. */
function emptySpace(spec: FunctionSpec, image: Uint8Array | undefined): ConfigSpace {
  const length =
    isConventionalKind(spec.kind) && (image?.length ?? 0) <= CONVENTIONAL_CONFIG_BYTES
      ? CONVENTIONAL_CONFIG_BYTES
      : EXPRESS_CONFIG_BYTES;
  const bytes = new Uint8Array(length);
  if (image !== undefined) bytes.set(image);
  return new ConfigSpace(bytes, image?.length ?? length);
}

/** A broken image can place a capability so that its registers run over the end of its space: those are left alone. */
function fits(entry: RegisterInstance, offset: number, extended: boolean): boolean {
  const end = offset + entry.delta + entry.register.offsetBytes + entry.register.widthBits / 8;
  return end <= (extended ? EXPRESS_CONFIG_BYTES : CONVENTIONAL_CONFIG_BYTES);
}

/**
 * Builds the configuration space of one function.
 * @param place its surroundings, from {@link placesOf}.
 * @spec enumeration reference, section 8
 */
export function buildConfigSpace(spec: FunctionSpec, place: FunctionPlace): ConfigSpace {
  const image = spec.configImage === undefined ? undefined : imageBytes(spec.configImage);
  const config = emptySpace(spec, image);
  const found = new Map<string, ImagePlace>();
  if (image !== undefined) {
    for (const entry of [...listCapabilities(config), ...listExtendedCapabilities(config)]) {
      const key = `${entry.extended} ${entry.id}`;
      // A capability whose body lies beyond a short image is known to exist only by its place.
      if (entry.offset + 4 <= image.length && !found.has(key)) found.set(key, { reader: config, offset: entry.offset });
    }
  }
  const wanted = capabilitiesOf(spec, place, (id, extended) => found.get(`${extended} ${id}`));
  buildHeader(config, spec, place, image !== undefined);

  const added: CapabilityInstance[] = [];
  for (const { instance, image: where } of wanted) {
    if (where === undefined) {
      if (image === undefined || instance.stated) added.push(instance);
    } else if (instance.denied === true) {
      unlinkCapability(config, instance.definition, where.offset);
    } else {
      for (const entry of instance.registers) {
        if (fits(entry, where.offset, instance.definition.extended))
          attachInstance(config, where.offset, entry, true, place.start);
      }
    }
  }
  const placed = linkNewCapabilities(config, added);
  for (const { instance, offset } of placed) {
    for (const entry of instance.registers) attachInstance(config, offset, entry, false, place.start);
  }
  connectSideEffects(config, spec);
  return config;
}

/** The configuration spaces of all functions of a machine, by id. */
export function buildConfigSpaces(machine: MachineSpec): ReadonlyMap<NodeId, ConfigSpace> {
  const places = placesOf(machine);
  return new Map(
    machine.functions.map((spec) => {
      const place = places.get(spec.id);
      invariant(place !== undefined, () => `no place for ${spec.id}`);
      return [spec.id, buildConfigSpace(spec, place)];
    }),
  );
}
