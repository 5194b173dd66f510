import {
  assert,
  constant,
  constantFrom,
  integer,
  nat,
  noBias,
  oneof,
  option,
  property,
  record,
  array,
  string,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../core/host/enumerate.ts';
import { buildHardware } from '../../core/models/buildHardware.ts';
import { privateStorage } from '../../base/storage.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { blankMachine } from '../blankMachine.ts';
import type { TopologyDocument } from '../document.ts';
import { parseDocument } from '../parseDocument.ts';
import { presets } from '../presets/presets.ts';
import { serializeDocument } from '../serializeDocument.ts';
import { validateDocument } from '../validate.ts';
import type { Clip, EditOutcome, EditResult, EditSubject, EditTarget, PartId } from './api.ts';
import { PARTS } from './catalogue.ts';
import { checksOf } from './checks.ts';
import { clipText, copySubtrees, parseClip } from './clip.ts';
import { addPart, moveSubtree, removeSubtrees, rename, unplugCard } from './commands.ts';
import { duplicateSubtrees, pasteClip } from './paste.ts';
import { nodeOfFault, nodesOfFlow } from './references.ts';
import { targetsFor } from './targets.ts';
import { indexDocument } from '../documentIndex.ts';
import { treeOf } from './trees.ts';

/** What is drawn of an edit: fractions pick from what the document offers at its turn. */
type Draw = { readonly where: number; readonly which: number } & (
  | { readonly kind: 'add'; readonly part: PartId; readonly size: number | undefined }
  | { readonly kind: 'move' | 'remove' | 'duplicate' | 'copy' | 'paste' | 'unplug' | 'plug' | 'fix' }
  | { readonly kind: 'removeSome'; readonly count: number }
  | { readonly kind: 'rename'; readonly name: string }
);

// Without bias: small numbers are not special here, and the first node is a host bridge.
const fraction = (): Arbitrary<number> => noBias(integer({ min: 0, max: 9999 }).map((number) => number / 10_000));
const place = { where: fraction(), which: fraction() };

const draw: Arbitrary<Draw> = oneof(
  {
    weight: 6,
    arbitrary: record({
      ...place,
      kind: constant('add' as const),
      // Ports come more often: without them nothing else has a place.
      part: constantFrom<PartId>(...PARTS.map((part) => part.id), 'rootPort', 'rootPort', 'switch', 'downstreamPort'),
      size: option(integer({ min: 1, max: 8 }), { nil: undefined }),
    }),
  },
  {
    weight: 8,
    arbitrary: record({
      ...place,
      kind: constantFrom(
        'move',
        'move',
        'move',
        'remove',
        'duplicate',
        'copy',
        'copy',
        'paste',
        'paste',
        'unplug',
        'plug',
        'plug',
        'fix',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: record({ ...place, kind: constant('removeSome' as const), count: integer({ min: 2, max: 4 }) }),
  },
  { weight: 1, arbitrary: record({ ...place, kind: constant('rename' as const), name: string({ maxLength: 90 }) }) },
);

function pick<T>(rows: readonly T[], share: number): T | undefined {
  return rows[Math.floor(share * rows.length)];
}

function nodesOf(document: TopologyDocument): readonly NodeId[] {
  return [...document.hostBridges, ...document.functions].map(({ id }) => id);
}

/** A legal place; one time in five any place, to see refusals too. */
function somewhere(document: TopologyDocument, subject: EditSubject, share: number): EditTarget | undefined {
  const offers = targetsFor(document, subject);
  const legal = offers.filter((offer) => offer.legal);
  return pick(share * 5 - Math.floor(share * 5) < 0.2 ? offers : legal, share)?.target;
}

/** The first node from here on that has somewhere to go. */
function movable(document: TopologyDocument, share: number): NodeId | undefined {
  const nodes = nodesOf(document);
  const from = Math.floor(share * nodes.length);
  return [...nodes.slice(from), ...nodes.slice(0, from)]
    .slice(0, 12)
    .find((node) => targetsFor(document, { kind: 'subtree', node }).some((offer) => offer.legal));
}

/** One of the cards and switches. */
function cardAt(document: TopologyDocument, share: number): NodeId {
  const cards = document.functions.filter((fn) => fn.fn === 0 && ['endpoint', 'upstreamPort'].includes(fn.kind));
  return pick(cards, share)?.id ?? 'none';
}

interface Walker {
  document: TopologyDocument;
  clip: Clip | undefined;
}

function perform(walker: Walker, step: Draw): EditResult | undefined {
  const { document, clip } = walker;
  const node = pick(nodesOf(document), step.which) ?? '';
  switch (step.kind) {
    case 'add': {
      const options = step.size === undefined ? {} : { ports: step.size, functions: step.size };
      const request = { part: step.part, options };
      const target = somewhere(document, { kind: 'part', request }, step.where);
      return target === undefined ? undefined : addPart(document, request, target);
    }
    case 'move': {
      const moving = movable(document, step.which) ?? node;
      const target = somewhere(document, { kind: 'subtree', node: moving }, step.where);
      return target === undefined ? undefined : moveSubtree(document, moving, target);
    }
    case 'remove':
      return removeSubtrees(document, [node]);
    case 'removeSome':
      return removeSubtrees(
        document,
        Array.from({ length: step.count }, (_, k) => pick(nodesOf(document), (step.which + k * 0.37) % 1) ?? ''),
      );
    case 'duplicate':
      return duplicateSubtrees(document, [node]);
    case 'copy': {
      const copied = copySubtrees(
        document,
        step.where < 0.3 ? [node, pick(nodesOf(document), step.where * 3) ?? ''] : [cardAt(document, step.which)],
      );
      if (copied.ok) walker.clip = copied.value;
      return undefined;
    }
    case 'paste': {
      if (clip === undefined) return undefined;
      const target = somewhere(document, { kind: 'clip', clip }, step.where);
      return pasteClip(document, clip, step.which < 0.3 ? undefined : target);
    }
    case 'unplug': {
      const result = unplugCard(document, node);
      if (result.ok) walker.clip = result.value.card;
      return result;
    }
    case 'plug': {
      if (clip === undefined) return undefined;
      const ports = targetsFor(document, { kind: 'clip', clip }).filter((offer) => offer.legal);
      const target = pick(ports, step.where)?.target;
      return pasteClip(document, clip, {
        kind: 'port',
        node: target !== undefined && 'node' in target ? target.node : node,
      });
    }
    case 'rename':
      return rename(document, node, step.name);
    case 'fix': {
      const fixes = checksOf(document).flatMap((check) => check.fixes);
      return pick(fixes, step.where)?.apply(document);
    }
  }
}

const starts: readonly TopologyDocument[] = [blankMachine(), ...presets.slice(0, 12).map((preset) => preset.document)];

/** Every edit of a sequence that was made, with what was before it. */
function walkThrough(
  start: TopologyDocument,
  steps: readonly Draw[],
  each: (outcome: EditOutcome, before: TopologyDocument, step: Draw) => void,
): TopologyDocument {
  const walker: Walker = { document: start, clip: undefined };
  for (const step of steps) {
    const before = walker.document;
    const text = serializeDocument(before);
    const result = perform(walker, step);
    expect(serializeDocument(before)).toBe(text);
    if (result?.ok !== true) continue;
    walker.document = result.value.document;
    each(result.value, before, step);
  }
  return walker.document;
}

const sequences = array(draw, { minLength: 1, maxLength: 30, size: 'max' });
const begin = noBias(nat(starts.length - 1));

function errorsOf(document: TopologyDocument): readonly string[] {
  return validateDocument(document)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);
}

describe('sequences of edits', () => {
  it('keep the document valid, its text readable and its ids unique', () => {
    assert(
      property(begin, sequences, (start, steps) => {
        walkThrough(at(starts, start), steps, ({ document, selection, label }) => {
          expect(errorsOf(document)).toEqual([]);
          expect(parseDocument(serializeDocument(document))).toEqual({ ok: true, value: document });
          const ids = nodesOf(document);
          expect(new Set(ids).size).toBe(ids.length);
          for (const node of selection) expect(ids).toContain(node);
          expect(label).not.toBe('');
        });
      }),
      { numRuns: 150 },
    );
  });

  it('are made often enough to mean something, each kind of them', () => {
    const made = new Map<string, number>();
    assert(
      property(begin, sequences, (start, steps) => {
        walkThrough(at(starts, start), steps, (_outcome, _before, { kind }) => {
          made.set(kind, (made.get(kind) ?? 0) + 1);
        });
      }),
      { numRuns: 150, seed: 4 },
    );
    for (const kind of [
      'add',
      'move',
      'remove',
      'duplicate',
      'paste',
      'unplug',
      'plug',
      'fix',
      'removeSome',
      'rename',
    ]) {
      expect([kind, (made.get(kind) ?? 0) > 10]).toEqual([kind, true]);
    }
  });

  it('leave no flow, fault or assumption about what is gone', () => {
    const link = presets.findIndex(({ id }) => id === 'default');
    const withWork: TopologyDocument = {
      ...at(presets, link).document,
      flows: [
        {
          id: 'f1',
          name: 'one',
          start_ps: 0,
          work: { kind: 'cpu', operation: 'store', target: 'iopmem0', mapping: 'WC', accessBytes: 64, bytes: 4096 },
        },
        {
          id: 'f2',
          name: 'two',
          start_ps: 0,
          work: { kind: 'transfer', way: 'p2p', ...at(presets, link).document.transfer },
        },
      ],
      faults: [
        { at_ps: 5, fault: { kind: 'linkDown', link: 'sw0-p1' } },
        { at_ps: 9, fault: { kind: 'noAnswer', node: 'iopmem0', count: 1 } },
      ],
      assumptions: [{ code: 'A', nodes: ['iopmem0'], message: 'a', reason: 'b' }],
    };
    assert(
      property(sequences, (steps) => {
        const end = walkThrough(withWork, steps, () => undefined);
        const ids = new Set(nodesOf(end));
        const named = [
          end.transfer.from,
          end.transfer.to,
          ...(end.flows ?? []).flatMap(nodesOfFlow),
          ...(end.faults ?? []).map(({ fault }) => nodeOfFault(fault)),
          ...end.assumptions.flatMap(({ nodes }) => nodes),
        ];
        for (const node of named) expect(ids).toContain(node);
      }),
      { numRuns: 60 },
    );
  });

  it('move a subtree whole: the same functions with the same parents below its root', () => {
    let moves = 0;
    assert(
      property(
        begin,
        array(draw, { maxLength: 6, size: 'max' }),
        fraction(),
        fraction(),
        (start, steps, which, where) => {
          const document = walkThrough(at(starts, start), steps, () => undefined);
          const node = movable(document, which) ?? 'none';
          const target = somewhere(document, { kind: 'subtree', node }, where);
          if (target === undefined) return;
          const moved = moveSubtree(document, node, target);
          if (!moved.ok) return;
          moves += 1;
          const before = indexDocument(document);
          const after = indexDocument(moved.value.document);
          const root = before.functions.get(node);
          if (root === undefined) throw new Error(`${node} moved without being there`);
          const tree = treeOf(before, root);
          expect(moved.value.document.functions.map(({ id }) => id)).toEqual(document.functions.map(({ id }) => id));
          for (const fn of tree.functions) {
            const now = after.functions.get(fn.id);
            const isRoot = tree.roots.includes(fn);
            expect(now?.parent).toBe(isRoot && 'node' in target ? target.node : fn.parent);
            if (!isRoot) expect(now).toEqual({ ...fn, ...(fn.firmware === undefined ? {} : { firmware: undefined }) });
          }
          const others = document.functions.filter((fn) => !tree.functions.includes(fn) && fn.parent !== root.parent);
          for (const fn of others) expect(after.functions.get(fn.id)).toEqual(fn);
        },
      ),
      { numRuns: 150 },
    );
    expect(moves).toBeGreaterThan(30);
  });

  it('do what was offered: a legal place takes it, any other refuses with the reason given', () => {
    assert(
      property(begin, array(draw, { maxLength: 6, size: 'max' }), draw, (start, steps, last) => {
        const document = walkThrough(at(starts, start), steps, () => undefined);
        const node = pick(nodesOf(document), last.which) ?? '';
        const part = pick(PARTS, last.where)?.id ?? 'gpu';
        const subjects: readonly EditSubject[] = [
          { kind: 'part', request: { part } },
          { kind: 'subtree', node },
        ];
        for (const subject of subjects) {
          for (const offer of targetsFor(document, subject)) {
            const result =
              subject.kind === 'part'
                ? addPart(document, subject.request, offer.target)
                : moveSubtree(document, node, offer.target);
            expect([offer.key, result.ok, result.ok ? '' : result.error.message]).toEqual([
              offer.key,
              offer.legal,
              offer.legal ? '' : offer.reason,
            ]);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('copy as text that reads back as the same clip', () => {
    assert(
      property(begin, sequences, fraction(), (start, steps, which) => {
        const document = walkThrough(at(starts, start), steps, () => undefined);
        const copied = copySubtrees(document, [pick(nodesOf(document), which) ?? '']);
        if (copied.ok) expect(parseClip(clipText(copied.value))).toEqual(copied);
      }),
      { numRuns: 60 },
    );
  });

  it('lead to machines that are built and enumerated, with every function found that can be reached', () => {
    assert(
      property(begin, sequences, (start, steps) => {
        const document = walkThrough(at(starts, start), steps, () => undefined);
        const hardware = buildHardware(document, {
          storage: privateStorage,
          seed: 1,
          hops: { record: () => undefined },
        });
        const view = runAtBoot(enumerate(enumerateOptionsOf(document)), hardware.configFabric);
        const hidden = checksOf(document).some(({ code }) =>
          ['UNREACHABLE', 'BUS_NUMBERS_SHORT', 'FUNCTION_ZERO_MISSING'].includes(code),
        );
        if (!hidden) {
          const real = document.functions.filter((fn) => fn.virtualFunctionOf === undefined);
          expect(view.functions.length).toBeGreaterThanOrEqual(real.length);
        }
      }),
      { numRuns: 25 },
    );
  });
});
