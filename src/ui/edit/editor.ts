/*
 * The page around the editor's own state machine (store/editorStore.ts): the palette's answers, the drawing it points
 * into, the live region. What is selected, folded and held in the hand is the state machine's.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { SceneHandle } from '../../render/sceneHandle.ts';
import { createEditor, type Editor as EditorCore } from '../../store/editorStore.ts';
import { currentOffer, holdingOf, type EditorEvent, type EditorState } from '../../store/editorState.ts';
import type { EditResult, EditSubject, EditTarget, PartId, PartOptions, PartRequest } from '../../topology/edit/api.ts';
import { blankMachine } from '../../topology/blankMachine.ts';
import { clipText, parseClip } from '../../topology/edit/clip.ts';
import { addPart } from '../../topology/edit/commands.ts';
import { targetsFor } from '../../topology/edit/targets.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { isBridge } from '../../topology/documentIndex.ts';
import type { PageModel } from '../model.ts';
import { endName } from '../names.ts';

/** How a function or host bridge is called in sentences: ports by BDF, cards by name. */
export function placeName(document: TopologyDocument, machine: MachineDescription | undefined, node: NodeId): string {
  const bridge = document.hostBridges.find((candidate) => candidate.id === node);
  return bridge?.name ?? endName(document, machine, node);
}

export interface DeskNote {
  readonly text: string;
  readonly isRefusal: boolean;
}

export interface DeskState {
  /** Where the palette adds to without asking. */
  readonly addTo: EditTarget | undefined;
  /** What was done or refused last. */
  readonly note: DeskNote | undefined;
  /** Answers to the questions of parts. */
  readonly options: Readonly<Partial<Record<PartId, PartOptions>>>;
  readonly paletteOpen: boolean;
  /** The group of the host's properties that was asked for by a press on what it is about. */
  readonly opened: 'memory' | undefined;
}

/** Gives the keyboard to something of the view. */
export type FocusPlace = 'palette' | 'search';

export class Editor {
  readonly core: EditorCore;
  readonly desk: StoreApi<DeskState>;
  readonly #model: PageModel;
  readonly #focusers = new Map<FocusPlace, () => void>();
  #scene: SceneHandle | undefined;

  constructor(model: PageModel) {
    this.#model = model;
    this.core = createEditor(model.documents, this.nameOf);
    this.desk = createStore<DeskState>()(() => ({
      addTo: undefined,
      note: undefined,
      options: {},
      paletteOpen: true,
      opened: undefined,
    }));
    this.core.store.subscribe((now, before) => this.#onState(now, before));
    this.follow(model.view.getState().selection);
  }

  get #document(): TopologyDocument {
    return this.#model.documents.getState().document;
  }

  readonly nameOf = (node: NodeId): string =>
    placeName(this.#document, this.#model.simulation.session.lane('direct').machine, node);

  /** The drawing, while it is on the page. */
  get scene(): SceneHandle | undefined {
    return this.#scene;
  }

  get isHolding(): boolean {
    return holdingOf(this.core.store.getState().mode) !== undefined;
  }

  get selected(): readonly NodeId[] {
    return this.core.store.getState().selected;
  }

  /** A drawing came onto the page. @returns what to call when it goes. */
  attach(scene: SceneHandle): () => void {
    this.#scene = scene;
    scene.setCollapsed(this.core.store.getState().collapsed);
    return () => {
      if (this.#scene === scene) this.#scene = undefined;
    };
  }

  onFocus(place: FocusPlace, focus: (() => void) | undefined): void {
    if (focus === undefined) this.#focusers.delete(place);
    else this.#focusers.set(place, focus);
  }

  focus(place: FocusPlace): void {
    if (place === 'palette' && !this.desk.getState().paletteOpen) {
      this.desk.setState({ paletteOpen: true });
      // The field exists after the next drawing of the page.
      requestAnimationFrame(() => this.#focusers.get(place)?.());
    } else this.#focusers.get(place)?.();
  }

  /** One event of the state machine; what an edit made gets the keyboard. */
  send(event: EditorEvent): boolean {
    const before = this.#document;
    const handled = this.core.send(event);
    if (this.#document !== before) this.#focusSelected();
    return handled;
  }

  select(nodes: readonly NodeId[]): void {
    this.send({ kind: 'selectMany', nodes });
  }

  /** The modules were pressed: they belong to the host. */
  selectMemory(): void {
    const [bridge] = this.#document.hostBridges;
    this.select(bridge === undefined ? [] : [bridge.id]);
    this.desk.setState({ opened: 'memory' });
  }

  /** Something elsewhere on the page was selected. */
  follow(node: NodeId | undefined): void {
    if (this.selected.at(-1) !== node) this.select(node === undefined ? [] : [node]);
  }

  say(text: string, isRefusal = false): void {
    this.desk.setState({ note: { text, isRefusal } });
    this.#model.announcer.say(text);
  }

  /** Makes an edit a step of history. */
  apply(result: EditResult, focusesScene = true): void {
    this.core.apply(result);
    if (result.ok && focusesScene) this.#focusSelected();
  }

  newMachine(): void {
    this.#model.documents.getState().open('New machine', blankMachine(), { from: 'saved' });
    this.select([]);
    this.desk.setState({ addTo: undefined });
  }

  requestOf(part: PartId): PartRequest {
    const options = this.desk.getState().options[part];
    return options === undefined ? { part } : { part, options };
  }

  setOption(part: PartId, change: PartOptions): void {
    const { options } = this.desk.getState();
    this.desk.setState({ options: { ...options, [part]: { ...options[part], ...change } } });
  }

  /** Adds a part where `A` was pressed; else takes it into the hand. */
  choosePart(part: PartId): void {
    const { addTo } = this.desk.getState();
    const request = this.requestOf(part);
    if (addTo === undefined) {
      this.take({ kind: 'part', request });
      return;
    }
    const result = addPart(this.#document, request, addTo);
    this.apply(result);
    if (result.ok) this.desk.setState({ addTo: undefined });
  }

  /** Adds a part at the first place that takes it. */
  addAnywhere(part: PartId): void {
    const request = this.requestOf(part);
    const offer = targetsFor(this.#document, { kind: 'part', request }, this.nameOf).find((row) => row.legal);
    if (offer !== undefined) this.apply(addPart(this.#document, request, offer.target));
  }

  addAt(target: EditTarget | undefined): void {
    this.desk.setState({ addTo: target });
    this.focus('palette');
  }

  /** Into the hand by key or button: the scene gets the keyboard, and arrows visit the places that accept it. */
  take(subject: EditSubject): void {
    this.send({ kind: 'hold', subject });
    const holding = holdingOf(this.core.store.getState().mode);
    if (holding === undefined) return;
    if (!holding.offers.some((offer) => offer.legal)) {
      const told = holding.offers.find((offer) => !offer.legal && offer.code !== 'WRONG_KIND') ?? holding.offers[0];
      this.send({ kind: 'cancel' });
      this.say(told === undefined || told.legal ? 'No place takes it.' : `No place takes it. ${told.reason}`, true);
      return;
    }
    const item = this.#scene?.itemOf();
    if (item?.node !== undefined) this.#scene?.focusNode(item.node);
  }

  /** Lets go with the pointer: where that is refused, the reason stays and the hand is empty. */
  letGo(): void {
    const offer = currentOffer(this.core.store.getState().mode);
    if (offer?.legal === true) {
      this.send({ kind: 'drop' });
      return;
    }
    this.send({ kind: 'cancel' });
    if (offer !== undefined) this.say(offer.reason, true);
  }

  /** @returns the text for the clipboard. */
  copy(): string | undefined {
    this.send({ kind: 'copy' });
    const { clip, refusal } = this.core.store.getState();
    return refusal === undefined && clip !== undefined ? clipText(clip) : undefined;
  }

  /** @param text of the clipboard; without one, what was copied here. */
  paste(text: string | undefined): void {
    const parsed = text === undefined || text === '' ? undefined : parseClip(text);
    if (parsed === undefined) this.send({ kind: 'paste' });
    else if (parsed.ok) this.send({ kind: 'paste', clip: parsed.value });
    else this.say(parsed.error.message, true);
  }

  /** True for switches and bridges. */
  canFold(node: NodeId): boolean {
    const kind = this.#document.functions.find((candidate) => candidate.id === node)?.kind;
    return kind !== undefined && isBridge(kind) && kind !== 'rootPort' && kind !== 'downstreamPort';
  }

  /** Shows a switch or bridge as one card, or all that is below it again. */
  fold(node: NodeId): void {
    if (!this.canFold(node)) {
      this.say('Only switches and bridges have something to fold.', true);
      return;
    }
    this.send({ kind: 'collapse', node });
    this.#scene?.focusNode(node);
  }

  /** Selects something and brings it to the middle of the view. */
  show(node: NodeId, focuses: boolean): void {
    this.select([node]);
    this.#scene?.centreOn(node);
    if (focuses) this.#scene?.focusNode(node);
  }

  placeName(target: EditTarget): string {
    if (!('node' in target)) return target.kind === 'memory' ? 'Memory' : 'The board';
    return this.nameOf(target.node);
  }

  /** Where `A` adds: the port one is on, or the bus inside the switch or host one is on. */
  targetOf(node: NodeId): EditTarget | undefined {
    if (this.#document.hostBridges.some((bridge) => bridge.id === node)) return { kind: 'rootBus', node };
    const fn = this.#document.functions.find((candidate) => candidate.id === node);
    switch (fn?.kind) {
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

  #focusSelected(): void {
    const first = this.selected[0];
    if (first !== undefined) this.#scene?.focusNode(first);
  }

  #onState(now: EditorState, before: EditorState): void {
    if (now.selected !== before.selected) {
      this.desk.setState({ opened: undefined });
      this.#model.view.getState().set({ selection: now.selected.at(-1) });
    }
    if (now.collapsed !== before.collapsed) this.#scene?.setCollapsed(now.collapsed);
    const holding = holdingOf(now.mode);
    if (holding !== holdingOf(before.mode)) {
      this.#scene?.showTargets(holding?.offers ?? [], holding?.current);
      if (holding?.current !== undefined) this.#scene?.revealTarget(holding.current);
    }
    const text = now.refusal === undefined ? now.said : [now.refusal.message, now.refusal.fix ?? ''].join(' ').trim();
    if (text === '' || (now.said === before.said && now.refusal === before.refusal)) return;
    // What a place would do is on the drawing; only the live region needs it said.
    if (holding === undefined || now.refusal !== undefined) this.say(text, now.refusal !== undefined);
    else this.#model.announcer.say(text);
  }
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
