/*
 * What a link's comings and goings mean for the functions around it: Link Status, Slot Status, resets below, requests
 * that a device forgets.
 *
 *   LinkControl ──▶ up / down ──▶ ConfigFabric (routing, Link Status), Slot Status
 *   Bridge Control, Link Control, a reset from above ──▶ LinkControl
 */
import { invariant } from '../../../base/invariant.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { readField } from '../../config/decode.ts';
import {
  EXPRESS,
  LINK_CONTROL_DOWNSTREAM,
  LINK_STATUS,
  SLOT_CAPABILITIES,
  SLOT_STATUS,
} from '../../config/expressCapability.ts';
import { LINK_DOWN } from '../../config/places.ts';
import { onSecondaryBusReset } from '../../config/sideEffects.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { ConfigFabric } from '../configFabric.ts';
import type { BuiltLink } from '../fabric/assembly.ts';
import type { Endpoint } from '../fabric/endpoint.ts';
import { wholeCapability } from '../fabric/errorRegisters.ts';
import type { NegotiatedLink } from '../fabric/linkControl.ts';

/** Up to Slot Status. */
const SLOT_BYTES = 0x1c;

/** Functions that came out of a reset and can be configured again. */
export type ReadyListener = (nodes: readonly NodeId[]) => void;
/** Functions that lost what software had told them. @param why as in `its link went down`. */
export type LostListener = (nodes: readonly NodeId[], why: string) => void;

export interface LinkLifeParts {
  readonly machine: MachineSpec;
  readonly configs: ReadonlyMap<NodeId, ConfigSpace>;
  readonly configFabric: ConfigFabric;
  readonly links: readonly BuiltLink[];
  readonly endpointOf: ReadonlyMap<NodeId, Endpoint>;
  /** What the fabric decodes from registers is out of date. */
  readonly markStale: () => void;
}

/**
 * @spec PCIe Base 5.0 §6.6.1, §6.7, §7.5.3
 * @simplifies Slots have no power controller, latch or attention button; presence follows the device at once. A reset takes
 * as long as the link takes to train.
 */
export class LinkLife {
  private readonly _parts: LinkLifeParts;
  /** By port. */
  private readonly _links: ReadonlyMap<NodeId, BuiltLink>;
  /** Ports whose device has been taken out. */
  private readonly _empty = new Set<NodeId>();
  /** What was last seen of each link, by its port. */
  private readonly _seen = new Map<NodeId, { isUp: boolean; isDisabled: boolean }>();
  private readonly _listeners: ReadyListener[] = [];
  private readonly _lostListeners: LostListener[] = [];

  constructor(parts: LinkLifeParts) {
    this._parts = parts;
    this._links = new Map(parts.links.map((link) => [link.port.id, link]));
    for (const link of parts.links) this.#follow(link);
    for (const [node, endpoint] of parts.endpointOf) {
      parts.configs.get(node)?.onReset((kind) => {
        if (kind !== 'function') return endpoint.forgetRequests();
        this.#lost([node], 'it was reset');
        this.#ready([node]);
      });
    }
  }

  /** Told of functions that were reset and answer again. */
  onReady(listener: ReadyListener): void {
    this._listeners.push(listener);
  }

  /** Told of functions whose link went down, or that were reset. */
  onLost(listener: LostListener): void {
    this._lostListeners.push(listener);
  }

  linkOf(port: NodeId): BuiltLink | undefined {
    return this._links.get(port);
  }

  /** The device below a port has been taken out. */
  isEmpty(port: NodeId): boolean {
    return this._empty.has(port) || this._links.get(port)?.lower === undefined;
  }

  /** Surprise Down is no error below a slot that announces it (PCIe Base 5.0 §7.5.3.9, Hot-Plug Surprise). */
  expectsSurprise(port: NodeId): boolean {
    const { config, express } = this.#registersOf(port);
    const { slot } = this.#specOf(port);
    return (
      slot !== undefined &&
      express !== undefined &&
      readField(config, SLOT_CAPABILITIES, express, 'hotPlugSurprise') === 1
    );
  }

  /** The link goes down without notice; what is below it is reset. */
  down(port: NodeId): void {
    this._links.get(port)?.control.down();
    this._parts.configFabric.resetBelow(port);
  }

  up(port: NodeId): void {
    this._links.get(port)?.control.up();
  }

  remove(port: NodeId): void {
    this._empty.add(port);
    this.down(port);
    this.#setPresence(port, false);
  }

  /** The device is plugged in again, with nothing in its registers but power-on values. */
  add(port: NodeId): void {
    this._empty.delete(port);
    for (const node of this.below(port)) this._parts.configs.get(node)?.reset('power');
    this.#setPresence(port, true);
    this.up(port);
  }

  /** As software does it with Secondary Bus Reset. */
  hotReset(port: NodeId): void {
    this._links.get(port)?.control.hotReset();
    this._parts.configFabric.resetBelow(port);
  }

  /** All functions below a port, nearest first. */
  below(port: NodeId): readonly NodeId[] {
    const children = this._parts.machine.functions.filter((spec) => spec.parent === port);
    return [...children.map((spec) => spec.id), ...children.flatMap((spec) => this.below(spec.id))];
  }

  /** The port is watched, and what its registers ask for happens to its link. */
  #follow(link: BuiltLink): void {
    const { id } = link.port;
    const { config, express } = this.#registersOf(id);
    const seen = { isUp: link.control.negotiated.up, isDisabled: false };
    this._seen.set(id, seen);
    link.control.onChange((negotiated) => {
      this.#report(link, negotiated, negotiated.up !== seen.isUp);
      const isChange = negotiated.up !== seen.isUp;
      seen.isUp = negotiated.up;
      if (!isChange) return;
      if (negotiated.up) this.#ready(this.below(id));
      else this.#lost(this.below(id), this._empty.has(id) ? 'it was taken out' : 'its link went down');
    });
    onSecondaryBusReset(config, (asserted) => this.#drive(id, !asserted));
    config.onReset((kind) => {
      if (kind !== 'function' && link.control.negotiated.up) link.control.hotReset('reset');
    });
    if (express === undefined) return;
    const isDisabled = (): boolean => readField(config, LINK_CONTROL_DOWNSTREAM, express, 'linkDisable') === 1;
    seen.isDisabled = isDisabled();
    config.onRegisterWrite(LINK_CONTROL_DOWNSTREAM, express, (written) => {
      if (isDisabled() !== seen.isDisabled) {
        seen.isDisabled = !seen.isDisabled;
        this.#drive(id, !seen.isDisabled);
      }
      const retrain = LINK_CONTROL_DOWNSTREAM.fields.retrainLink;
      if (((written >>> retrain.lsb) & 1) === 1) link.control.retrain();
    });
  }

  /** A register switches the link off or on again. */
  #drive(port: NodeId, on: boolean): void {
    const control = this._links.get(port)?.control;
    if (control === undefined || this.isEmpty(port)) return;
    if (on) control.up();
    else control.down();
  }

  #report({ port }: BuiltLink, negotiated: NegotiatedLink, hasChanged: boolean): void {
    const { up, gen, width } = negotiated;
    this._parts.configFabric.setLinkBelow(port.id, up ? { up, gen, width } : LINK_DOWN);
    const { config, express } = this.#registersOf(port.id);
    if (express !== undefined) {
      config.pokeFields(LINK_STATUS, express, { training: negotiated.training ? 1 : 0 });
      if (hasChanged && port.slot !== undefined) config.pokeFields(SLOT_STATUS, express, { dataLinkStateChanged: 1 });
    }
    this._parts.markStale();
  }

  #setPresence(port: NodeId, isPresent: boolean): void {
    const { config, express } = this.#registersOf(port);
    if (express === undefined || this.#specOf(port).slot === undefined) return;
    config.pokeFields(SLOT_STATUS, express, { presenceDetect: isPresent ? 1 : 0, presenceDetectChanged: 1 });
  }

  #lost(nodes: readonly NodeId[], why: string): void {
    for (const listener of this._lostListeners) listener(nodes, why);
  }

  #ready(nodes: readonly NodeId[]): void {
    for (const listener of this._listeners) listener(nodes);
  }

  #specOf(port: NodeId): Pick<FunctionSpec, 'slot'> {
    return this._links.get(port)?.port ?? {};
  }

  #registersOf(node: NodeId): { readonly config: ConfigSpace; readonly express: number | undefined } {
    const config = this._parts.configs.get(node);
    invariant(config !== undefined, () => `no configuration space for ${node}`);
    return { config, express: wholeCapability(config, EXPRESS, SLOT_BYTES) };
  }
}
