/*
 * The words of the topology editor: what can be added, where it can go, what an edit gives back, what is checked.
 * Every edit is a pure function of the document; the store gives it undo. Implementations:
 *
 *   catalogue.ts   PARTS                      parts and what they are made of
 *   targets.ts     targetsFor                 every place, legal or with the reason why not
 *   commands.ts    addPart, moveSubtree, …    document in, document with label and selection out
 *   paste.ts       pasteClip, duplicateSubtrees
 *   clip.ts        copySubtrees, parseClip    cards as text
 *   checks.ts      checksOf                   live diagnostics with fixes
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';

export type PartId =
  | 'gpu'
  | 'nic'
  | 'iopmem'
  | 'dma'
  | 'nvme'
  | 'teaching'
  | 'multiFunction'
  | 'switch'
  | 'rootPort'
  | 'downstreamPort'
  | 'pciBridge'
  | 'pciDevice'
  | 'retimer'
  | 'socket'
  | 'dimm';

export type PartGroup = 'Endpoints' | 'Fabric' | 'Host';

/** A number that is asked for before a part is placed: ports of a switch, functions of a device. */
export interface PartOption {
  readonly id: 'ports' | 'functions';
  readonly label: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly standard: number;
}

/** Answers to {@link PartOption}; what is left out takes the part's standard. `gen` and `width` replace the part's own link. */
export interface PartOptions {
  readonly ports?: number;
  readonly functions?: number;
  readonly gen?: LinkGen;
  readonly width?: LinkWidth;
}

/** A row of the palette. */
export interface Part {
  readonly id: PartId;
  readonly group: PartGroup;
  /** `GPU`, `Switch`. */
  readonly label: string;
  /** What it is, in one sentence. */
  readonly help: string;
  /** One letter, unique in the palette; typed after `A`. */
  readonly key: string;
  /** Which drawing stands for it; also the kind of glyph on cards. */
  readonly icon: PartIcon;
  /** Lanes of its card edge, for the palette's pins; absent where it has none. */
  readonly link: { readonly gen: LinkGen; readonly width: LinkWidth } | undefined;
  /** A word at the right of the row: `1 + 4`, `10 ns`, `DDR4-3200`. */
  readonly fact: string;
  readonly options: readonly PartOption[];
}

export type PartIcon =
  | 'gpu'
  | 'nic'
  | 'memory'
  | 'dma'
  | 'drive'
  | 'teaching'
  | 'functions'
  | 'switch'
  | 'rootPort'
  | 'bridge'
  | 'conventional'
  | 'retimer'
  | 'cpu'
  | 'dimm';

/** A part with its answers. */
export interface PartRequest {
  readonly part: PartId;
  readonly options?: PartOptions;
}

/** A place in the machine. {@link targetKey} names it as text. */
export type EditTarget =
  /** The board itself: sockets. */
  | { readonly kind: 'machine' }
  /** The memory controller: DIMMs. */
  | { readonly kind: 'memory' }
  /** The root bus of a host bridge: root ports and integrated endpoints. */
  | { readonly kind: 'rootBus'; readonly node: NodeId }
  /** The link below a root or downstream port: one card or switch. */
  | { readonly kind: 'port'; readonly node: NodeId }
  /** The internal bus of a switch, named by its upstream port: downstream ports. */
  | { readonly kind: 'switchBus'; readonly node: NodeId }
  /** The conventional bus behind a bridge. */
  | { readonly kind: 'conventionalBus'; readonly node: NodeId }
  /** The wires below a port: retimers. */
  | { readonly kind: 'link'; readonly node: NodeId };

/** What is about to be placed. */
export type EditSubject =
  | { readonly kind: 'part'; readonly request: PartRequest }
  | { readonly kind: 'subtree'; readonly node: NodeId }
  | { readonly kind: 'clip'; readonly clip: Clip };

/** A place and what would happen there. */
export type TargetOffer =
  | {
      readonly target: EditTarget;
      readonly key: string;
      readonly legal: true;
      /** `Would train Gen5 x16, 57.5 GB/s, distance 6 to iopmem0`. */
      readonly preview: string;
      /** Set where the link trains below the card: shown as a warning chip. */
      readonly shortfall: LinkShortfall | undefined;
    }
  | {
      readonly target: EditTarget;
      readonly key: string;
      readonly legal: false;
      /** One sentence with the objects concerned. */
      readonly reason: string;
      readonly code: RefusalCode;
    };

/** What a card loses on a link; rates are payload of writes, one way. */
export interface LinkShortfall {
  readonly card: { readonly gen: LinkGen; readonly width: LinkWidth };
  readonly trained: { readonly gen: LinkGen; readonly width: LinkWidth };
  readonly cardBytesPerSecond: number;
  readonly trainedBytesPerSecond: number;
}

export type RefusalCode =
  | 'NODE_MISSING'
  | 'TARGET_MISSING'
  | 'WRONG_KIND'
  | 'PORT_OCCUPIED'
  | 'DEVICE_NUMBERS_EXHAUSTED'
  | 'BUS_NUMBERS_EXHAUSTED'
  | 'INTO_ITSELF'
  | 'ALREADY_THERE'
  | 'LIMIT_REACHED'
  | 'BELONGS_TO_ITS_OWNER'
  | 'LAST_ROOT_COMPLEX'
  | 'NAME_INVALID'
  | 'OPTION_OUT_OF_RANGE'
  | 'CLIP_INVALID'
  | 'NOTHING_SELECTED'
  | 'NO_FREE_PLACE'
  | 'RESULT_INVALID';

/** Why an edit is not made. Nothing has changed. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly fix?: string;
}

/** An edit that was made. */
export interface EditOutcome {
  readonly document: TopologyDocument;
  /** The name of the step in the history: `Add gpu0 to sw0-p3`. */
  readonly label: string;
  /** What is selected afterwards. */
  readonly selection: readonly NodeId[];
  /** What else changed along with it, one sentence each: a transfer's end, flows and faults that went. */
  readonly notes: readonly string[];
}

export type EditResult = Result<EditOutcome, Refusal>;

/** Cards, switches or root ports with all below them, as plain data that outlives the document. */
export interface Clip {
  readonly kind: 'peerlane.clip';
  readonly version: 1;
  /** One entry for each copied thing, each with its root first. */
  readonly trees: readonly ClipTree[];
}

export interface ClipTree {
  /** Id of the first function; parents inside the tree are ids of the tree, the root's parent is empty. */
  readonly root: NodeId;
  readonly functions: readonly (Omit<FunctionSpec, 'parent'> & { readonly parent: NodeId | '' })[];
}

/** How a function is called in sentences; the page gives BDFs. Default: its id. */
export type NameOf = (node: NodeId) => string;

/* Signatures of the edits. All refuse instead of throwing. */

export type TargetsFor = (document: TopologyDocument, subject: EditSubject, nameOf?: NameOf) => readonly TargetOffer[];
export type AddPart = (document: TopologyDocument, request: PartRequest, target: EditTarget) => EditResult;
export type MoveSubtree = (document: TopologyDocument, node: NodeId, target: EditTarget) => EditResult;
export type RemoveSubtrees = (document: TopologyDocument, nodes: readonly NodeId[]) => EditResult;
/** Copies beside the originals, at the next free legal places. */
export type DuplicateSubtrees = (document: TopologyDocument, nodes: readonly NodeId[]) => EditResult;
export type CopySubtrees = (document: TopologyDocument, nodes: readonly NodeId[]) => Result<Clip, Refusal>;
/** Without a target each tree goes to the first place that takes it. */
export type PasteClip = (document: TopologyDocument, clip: Clip, target?: EditTarget) => EditResult;
/** A clip as text for the system clipboard, and back; refuses any other text. */
export type ClipText = (clip: Clip) => string;
export type ParseClip = (text: string) => Result<Clip, Refusal>;
/** Renames a function or host bridge; its id stays. */
export type Rename = (document: TopologyDocument, node: NodeId, name: string) => EditResult;
/** Takes the card out of a port; the clip plugs it in again anywhere. */
export type UnplugCard = (
  document: TopologyDocument,
  port: NodeId,
) => Result<EditOutcome & { readonly card: Clip }, Refusal>;

/** Stable codes of the live checks; the sentences are in checks*.ts. */
export type CheckCode =
  | 'LINK_TRAINS_BELOW_CARD'
  | 'GEN_LIMIT'
  | 'BAR_DOES_NOT_FIT'
  | 'PEER_REDIRECTED'
  | 'UPLINK_OVERSUBSCRIBED'
  | 'MPS_MISMATCH'
  | 'EMPTY_PORT'
  | 'TRANSFER_END_MISSING'
  | 'TRANSFER_WITHOUT_ENGINE'
  | 'DUPLICATE_NAME'
  | 'UNREACHABLE'
  | 'BUS_NUMBERS_SHORT'
  | 'FUNCTION_ZERO_MISSING'
  | 'LINK_LIMITED'
  | 'NO_PORTS'
  | 'HOST_MEMORY_UNEVEN';

/** A live diagnostic. `code` is a {@link CheckCode}, or the code of validation or enumeration where those found it. */
export interface Check extends Diagnostic {
  /** Stable while the finding stays: code and object. */
  readonly key: string;
  /** What it is about; selecting the row selects it. Undefined = the machine. */
  readonly node: NodeId | undefined;
  /** Buttons of the row, the best first. */
  readonly fixes: readonly CheckFix[];
}

export interface CheckFix {
  /** `Use rp1`, `Set both to 256 B`. */
  readonly label: string;
  /** Computed when it is asked for: another edit may have come between. */
  readonly apply: (document: TopologyDocument) => EditResult;
}

export type ChecksOf = (document: TopologyDocument, nameOf?: NameOf) => readonly Check[];

/** The text of a target, for keys and comparison: `port:rp0`. */
export function targetKey(target: EditTarget): string {
  return 'node' in target ? `${target.kind}:${target.node}` : target.kind;
}
