/*
 * What a person has in hand while building a machine: what is selected, what is being carried and where it could go,
 * what was said last. Every change of the machine goes through the document store as a named step.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { SceneHandle } from '../../render/sceneHandle.ts';
import {
  targetKey,
  type Clip,
  type EditResult,
  type EditSubject,
  type EditTarget,
  type PartId,
  type PartOptions,
  type PartRequest,
  type Refusal,
  type TargetOffer,
} from '../../topology/edit/api.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { partOf } from '../../topology/edit/catalogue.ts';
import { clipText, copySubtrees, parseClip } from '../../topology/edit/clip.ts';
import { addPart, moveSubtree, removeSubtrees, rename } from '../../topology/edit/commands.ts';
import { duplicateSubtrees, pasteClip } from '../../topology/edit/paste.ts';
import { targetsFor } from '../../topology/edit/targets.ts';
import { blankMachine } from '../../topology/blankMachine.ts';
import { isBridge } from '../../topology/documentIndex.ts';
import type { PageModel } from '../model.ts';
import { endName } from '../names.ts';

/** How a function or host bridge is called in sentences: ports by BDF, cards by name. */
export function placeName(document: TopologyDocument, machine: MachineDescription | undefined, node: NodeId): string {
  const bridge = document.hostBridges.find((candidate) => candidate.id === node);
  return bridge?.name ?? endName(document, machine, node);
}

/** Something taken up and not put down yet. */
export interface Carry {
  readonly subject: EditSubject;
  /** `GPU`, `nic0`. */
  readonly name: string;
  readonly offers: readonly TargetOffer[];
  /** Key of the place it is over. */
  readonly current: string | undefined;
  readonly by: 'pointer' | 'keyboard';
}

export interface EditorNote {
  readonly text: string;
  readonly isRefusal: boolean;
}

export interface EditorState {
  readonly selected: readonly NodeId[];
  readonly carry: Carry | undefined;
  /** Where the palette adds to without asking. */
  readonly addTo: EditTarget | undefined;
  readonly collapsed: ReadonlySet<NodeId>;
  readonly note: EditorNote | undefined;
  /** Answers to the questions of parts. */
  readonly options: Readonly<Partial<Record<PartId, PartOptions>>>;
  /** The thing whose name is being typed. */
  readonly renaming: NodeId | undefined;
  readonly paletteOpen: boolean;
}

/** Gives the keyboard to something of the view. */
export type FocusPlace = 'palette' | 'search';

export class Editor {
  readonly store: StoreApi<EditorState>;
  #scene: SceneHandle | undefined;
  readonly #model: PageModel;
  readonly #focusers = new Map<FocusPlace, () => void>();
  #clip: Clip | undefined;

  constructor(model: PageModel) {
    this.#model = model;
    const { selection } = model.view.getState();
    this.store = createStore<EditorState>()(() => ({
      selected: selection === undefined ? [] : [selection],
      carry: undefined,
      addTo: undefined,
      collapsed: new Set(),
      note: undefined,
      options: {},
      renaming: undefined,
      paletteOpen: true,
    }));
  }

  get #document() {
    return this.#model.documents.getState().document;
  }

  /** How a function or host bridge is called in sentences: ports by BDF, cards by name. */
  readonly nameOf = (node: NodeId): string =>
    placeName(this.#document, this.#model.simulation.session.lane('direct').machine, node);

  /** The drawing, while it is on the page. */
  get scene(): SceneHandle | undefined {
    return this.#scene;
  }

  /** A drawing came onto the page. @returns what to call when it goes. */
  attach(scene: SceneHandle): () => void {
    this.#scene = scene;
    scene.setCollapsed(this.store.getState().collapsed);
    return () => {
      if (this.#scene === scene) this.#scene = undefined;
    };
  }

  onFocus(place: FocusPlace, focus: (() => void) | undefined): void {
    if (focus === undefined) this.#focusers.delete(place);
    else this.#focusers.set(place, focus);
  }

  focus(place: FocusPlace): void {
    if (place === 'palette' && !this.store.getState().paletteOpen) {
      this.store.setState({ paletteOpen: true });
      // The field exists after the next drawing of the page.
      requestAnimationFrame(() => this.#focusers.get(place)?.());
    } else this.#focusers.get(place)?.();
  }

  select(nodes: readonly NodeId[]): void {
    this.store.setState({ selected: nodes, renaming: undefined });
    this.#model.view.getState().set({ selection: nodes.at(-1) });
  }

  /** In or out of the selection. */
  toggle(node: NodeId): void {
    const { selected } = this.store.getState();
    this.select(selected.includes(node) ? selected.filter((other) => other !== node) : [...selected, node]);
  }

  /** Something elsewhere on the page was selected. */
  follow(node: NodeId | undefined): void {
    const { selected } = this.store.getState();
    if (selected.at(-1) !== node) this.store.setState({ selected: node === undefined ? [] : [node] });
  }

  say(text: string, isRefusal = false): void {
    this.store.setState({ note: { text, isRefusal } });
    this.#model.announcer.say(text);
  }

  refuse({ message, fix }: Refusal): void {
    this.say(fix === undefined ? message : `${message} ${fix}`, true);
  }

  /** Makes an edit a step of history. @returns true if it was made. */
  apply(result: EditResult, focusesScene = true): boolean {
    if (!result.ok) {
      this.refuse(result.error);
      return false;
    }
    const { document, label, selection, notes } = result.value;
    this.#model.documents.getState().edit(label, document);
    this.select(selection);
    this.say([`${label}.`, ...notes].join(' '));
    const first = selection[0];
    if (first !== undefined && focusesScene) this.scene?.focusNode(first);
    return true;
  }

  newMachine(): void {
    this.#model.documents.getState().open('New machine', blankMachine(), { from: 'saved' });
    this.select([]);
    this.store.setState({ collapsed: new Set(), addTo: undefined });
  }

  requestOf(part: PartId): PartRequest {
    const options = this.store.getState().options[part];
    return options === undefined ? { part } : { part, options };
  }

  setOption(part: PartId, change: PartOptions): void {
    const { options } = this.store.getState();
    this.store.setState({ options: { ...options, [part]: { ...options[part], ...change } } });
  }

  /** Adds a part where `A` was pressed; else takes it up. */
  choosePart(part: PartId): void {
    const { addTo } = this.store.getState();
    const request = this.requestOf(part);
    if (addTo === undefined) {
      this.lift({ kind: 'part', request }, partOf(part)?.label ?? part, 'keyboard');
      return;
    }
    if (this.apply(addPart(this.#document, request, addTo))) this.store.setState({ addTo: undefined });
  }

  /** Adds a part at the first place that takes it. */
  addAnywhere(part: PartId): void {
    const request = this.requestOf(part);
    const offer = targetsFor(this.#document, { kind: 'part', request }, this.nameOf).find((row) => row.legal);
    if (offer !== undefined) this.apply(addPart(this.#document, request, offer.target));
  }

  addAt(target: EditTarget | undefined): void {
    this.store.setState({ addTo: target });
    this.focus('palette');
  }

  /** What can be done is lit up until it is put down or put back. */
  lift(subject: EditSubject, name: string, by: Carry['by']): void {
    const offers = targetsFor(this.#document, subject, this.nameOf);
    const legal = offers.filter((offer) => offer.legal);
    if (legal.length === 0) {
      const told = offers.find((offer) => !offer.legal && !['WRONG_KIND', 'INTO_ITSELF'].includes(offer.code));
      const reason =
        told !== undefined && !told.legal ? told.reason : offers[0]?.legal === false ? offers[0].reason : '';
      this.say(`${name} has no place to go. ${reason}`, true);
      if (by === 'keyboard') return;
    }
    this.store.setState({ carry: { subject, name, offers, current: undefined, by } });
    this.scene?.showTargets(offers, undefined);
    if (by === 'keyboard') {
      this.#model.announcer.say(`${name} taken up; ${legal.length} places accept it. Arrows choose, Enter puts down.`);
      this.#focusScene();
      this.walk(1);
    }
  }

  /** Takes up what is selected, or the thing given. */
  liftNode(node: NodeId, by: Carry['by']): void {
    this.lift({ kind: 'subtree', node }, this.nameOf(node), by);
  }

  /** It is over a place now. */
  aim(current: string | undefined): void {
    const { carry } = this.store.getState();
    if (carry === undefined || carry.current === current) return;
    this.store.setState({ carry: { ...carry, current } });
    this.scene?.showTargets(carry.offers, current);
  }

  /** The next place that accepts it. */
  walk(by: 1 | -1): void {
    const { carry } = this.store.getState();
    const order = this.scene?.targetOrder() ?? [];
    if (carry === undefined || order.length === 0) return;
    const at = carry.current === undefined ? (by > 0 ? -1 : 0) : order.indexOf(carry.current);
    const next = order[(at + by + order.length) % order.length];
    if (next === undefined) return;
    this.aim(next);
    this.scene?.revealTarget(next);
    const offer = carry.offers.find((candidate) => candidate.key === next);
    if (offer?.legal === true) this.#model.announcer.say(`${this.placeName(offer.target)}. ${offer.preview}.`);
  }

  /** Puts it down where it is. */
  drop(): void {
    const { carry } = this.store.getState();
    if (carry === undefined) return;
    const offer = carry.offers.find((candidate) => candidate.key === carry.current);
    if (offer === undefined) {
      if (carry.by === 'pointer') this.cancel();
      return;
    }
    if (!offer.legal) {
      this.say(offer.reason, true);
      if (carry.by === 'pointer') this.#putDown();
      return;
    }
    this.#putDown();
    this.apply(this.#place(carry.subject, offer.target));
  }

  cancel(): void {
    const { carry } = this.store.getState();
    if (carry === undefined) return;
    this.#putDown();
    this.say(carry.subject.kind === 'subtree' ? `${carry.name} stays where it is.` : `${carry.name} is not added.`);
  }

  placeName(target: EditTarget): string {
    if (!('node' in target)) return target.kind === 'memory' ? 'the memory controller' : 'the board';
    return this.nameOf(target.node);
  }

  remove(nodes: readonly NodeId[]): void {
    this.apply(removeSubtrees(this.#document, nodes));
  }

  duplicate(nodes: readonly NodeId[]): void {
    this.apply(duplicateSubtrees(this.#document, nodes));
  }

  rename(node: NodeId, name: string): void {
    this.store.setState({ renaming: undefined });
    if (name !== this.#document.functions.find((fn) => fn.id === node)?.name)
      this.apply(rename(this.#document, node, name));
  }

  /** @returns the text for the clipboard. */
  copy(nodes: readonly NodeId[]): string | undefined {
    const clip = copySubtrees(this.#document, nodes);
    if (!clip.ok) {
      this.refuse(clip.error);
      return undefined;
    }
    this.#clip = clip.value;
    this.say(`Copied ${nodes.map((node) => this.nameOf(node)).join(', ')}.`);
    return clipText(clip.value);
  }

  /** @param text of the clipboard; without one, what was copied here. */
  paste(text: string | undefined): void {
    const parsed = text === undefined || text === '' ? undefined : parseClip(text);
    if (parsed !== undefined && !parsed.ok) {
      this.refuse(parsed.error);
      return;
    }
    const clip = parsed?.value ?? this.#clip;
    if (clip !== undefined) this.apply(pasteClip(this.#document, clip));
  }

  /** Shows a switch or bridge as one card, or all that is below it again. */
  fold(node: NodeId): void {
    const fn = this.#document.functions.find((candidate) => candidate.id === node);
    const handle = fn?.kind === 'downstreamPort' ? fn.parent : fn?.id;
    const owner = this.#document.functions.find((candidate) => candidate.id === handle);
    if (owner === undefined || !isBridge(owner.kind) || owner.kind === 'rootPort') {
      this.say('Only switches and bridges have something to fold.', true);
      return;
    }
    const collapsed = new Set(this.store.getState().collapsed);
    if (!collapsed.delete(owner.id)) collapsed.add(owner.id);
    this.store.setState({ collapsed });
    this.scene?.setCollapsed(collapsed);
    this.scene?.focusNode(owner.id);
  }

  /** Selects something and brings it to the middle of the view. */
  show(node: NodeId, focuses: boolean): void {
    this.select([node]);
    this.scene?.centreOn(node);
    if (focuses) this.scene?.focusNode(node);
  }

  /** Where `A` adds: the port one is on, or the bus inside the switch or host one is on. */
  targetOf(node: NodeId): EditTarget | undefined {
    if (this.#document.hostBridges.some((bridge) => bridge.id === node)) return { kind: 'rootBus', node };
    const fn = this.#document.functions.find((candidate) => candidate.id === node);
    if (fn === undefined) return undefined;
    switch (fn.kind) {
      case 'rootPort':
      case 'downstreamPort':
      case 'pciToPcieBridge':
        return { kind: 'port', node };
      case 'upstreamPort':
        return { kind: 'switchBus', node };
      case 'pcieToPciBridge':
      case 'pciBridge':
        return { kind: 'conventionalBus', node };
      default:
        return undefined;
    }
  }

  #place(subject: EditSubject, target: EditTarget): EditResult {
    switch (subject.kind) {
      case 'part':
        return addPart(this.#document, subject.request, target);
      case 'subtree':
        return moveSubtree(this.#document, subject.node, target);
      case 'clip':
        return pasteClip(this.#document, subject.clip, target);
    }
  }

  #putDown(): void {
    this.store.setState({ carry: undefined });
    this.scene?.showTargets([], undefined);
  }

  #focusScene(): void {
    const item = this.scene?.itemOf();
    if (item?.node !== undefined) this.scene?.focusNode(item.node);
  }
}

/** The key of a place a carried thing is over, with what the model says of it. */
export function currentOffer(carry: Carry | undefined): TargetOffer | undefined {
  return carry?.offers.find((offer) => targetKey(offer.target) === carry.current);
}

const EDITORS = new WeakMap<PageModel, Editor>();

/** The page's editor: it outlives the view, so what was folded stays folded. */
export function editorOf(model: PageModel): Editor {
  const known = EDITORS.get(model);
  if (known !== undefined) return known;
  const made = new Editor(model);
  EDITORS.set(model, made);
  return made;
}
