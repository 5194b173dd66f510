import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { negotiateLink } from '../../core/config/places.ts';
import { LINK_GENS, LINK_WIDTHS } from '../../core/pcie/link.ts';
import type { LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { accessWork, flow, runFlows } from '../../engine/machine/flows.testing.ts';
import { machineFor, runJob, verdictOf } from '../../engine/machine/runs.testing.ts';
import { blankMachine } from '../blankMachine.ts';
import type { TopologyDocument } from '../document.ts';
import { indexDocument } from '../documentIndex.ts';
import { parseDocument } from '../parseDocument.ts';
import { defaultMachine } from '../presets/defaultMachine.ts';
import { presets } from '../presets/presets.ts';
import { serializeDocument } from '../serializeDocument.ts';
import { validateDocument } from '../validate.ts';
import { canHoldTransferEnd } from '../validateTransfer.ts';
import { type EditTarget, type PartRequest, targetKey } from './api.ts';
import { PARTS, partOf } from './catalogue.ts';
import { addPart, moveSubtree, removeSubtrees, rename, unplugCard } from './commands.ts';
import { pasteClip } from './paste.ts';
import { stepsBetween } from './distance.ts';
import { trainedLink } from './links.ts';
import { duplicateSubtrees } from './paste.ts';
import { holdsBytes } from './references.ts';
import { targetsFor } from './targets.ts';

function added(document: TopologyDocument, request: PartRequest, target: EditTarget) {
  const result = addPart(document, request, target);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** The default machine with a part in its free slot. */
function inSlot(request: PartRequest) {
  return added(defaultMachine, request, { kind: 'port', node: 'sw0-p3' });
}

describe('every part', () => {
  it.each(PARTS.map(({ id }) => [id] as const))('%s has a place on the default machine or behind a bridge', (part) => {
    const bridge = inSlot({ part: 'pciBridge' }).document;
    const legal = [defaultMachine, bridge].flatMap((document) =>
      targetsFor(document, { kind: 'part', request: { part } })
        .filter((offer) => offer.legal)
        .map(({ target }) => ({ document, target })),
    );
    expect(legal.length).toBeGreaterThan(0);
    for (const { document, target } of legal) {
      const after = added(document, { part }, target).document;
      const problems = validateDocument(after).filter(({ severity }) => severity !== 'note');
      expect(problems).toEqual([]);
    }
  });

  it.each(['gpu', 'nic', 'nvme', 'multiFunction'] as const)('%s moves bytes to a peer, and they arrive', (part) => {
    const { document, selection } = inSlot({ part });
    expect(verdictOf(runJob(document, [at(selection, 0), 'iopmem0', 'p2p'], { bytes: 16_384, force: true }))).toBe(
      'finished',
    );
  });

  it.each(['dma', 'teaching'] as const)(
    '%s writes to a peer as its engine is told, and is no end of a transfer',
    (part) => {
      const { document, selection } = inSlot({ part });
      const engine = at(selection, 0);
      const work = accessWork(engine, 'iopmem0', { operation: 'write', operations: 50 });
      const report = runFlows(document, [flow('f', work)]);
      expect(verdictOf(report)).toBe('finished');
      const fn = document.functions.find(({ id }) => id === engine);
      expect(fn !== undefined && holdsBytes(fn)).toBe(false);
      expect(verdictOf(runJob(document, [engine, 'iopmem0', 'p2p'], { force: true }))).toBe('refused');
    },
  );

  it('iopmem takes bytes', () => {
    const { document, selection } = inSlot({ part: 'iopmem' });
    expect(verdictOf(runJob(document, ['nic0', at(selection, 0), 'p2p']))).toBe('finished');
  });

  it('a second socket boots with buses, memory and cores of its own', () => {
    const { document } = added(defaultMachine, { part: 'socket' }, { kind: 'machine' });
    expect(document.hostBridges.map(({ rootBus, lastBus, numaNode }) => [rootBus, lastBus, numaNode])).toEqual([
      [0, 127, 0],
      [128, 255, 1],
    ]);
    expect(document.host.memory).toMatchObject({ sockets: 2, channels: 4 });
    const port = added(document, { part: 'rootPort' }, { kind: 'rootBus', node: 'pcie1' });
    const card = added(port.document, { part: 'gpu' }, { kind: 'port', node: at(port.selection, 0) });
    const machine = machineFor(card.document, ['nic0', 'iopmem0', 'p2p']);
    const gpu = machine.description.functions.find(({ id }) => id === 'gpu0');
    expect(gpu?.bdf).toBe('0000:81:00.0');
    const removed = removeSubtrees(document, ['pcie1']);
    expect(removed.ok && removed.value.document.host).toEqual({
      ...defaultMachine.host,
      memory: { ...defaultMachine.host.memory, sockets: 1 },
    });
  });

  it('a DIMM adds a channel with its capacity', () => {
    const { document } = added(defaultMachine, { part: 'dimm' }, { kind: 'memory' });
    expect(document.host.memory).toMatchObject({ channels: 3, sizeBytes: 96 * 2 ** 30 });
  });

  it('a link takes two retimers and no third', () => {
    const target = { kind: 'link', node: 'sw0-p1' } as const;
    const two = added(added(defaultMachine, { part: 'retimer' }, target).document, { part: 'retimer' }, target);
    expect(addPart(two.document, { part: 'retimer' }, target)).toMatchObject({
      ok: false,
      error: { code: 'LIMIT_REACHED' },
    });
  });

  it('a switch has as many ports as were asked for, from one to sixteen', () => {
    for (const ports of [1, 16]) {
      const { document, selection } = inSlot({ part: 'switch', options: { ports } });
      expect(document.functions.filter(({ parent }) => parent === selection[0])).toHaveLength(ports);
    }
    for (const ports of [0, 17, 2.5]) {
      const result = addPart(defaultMachine, { part: 'switch', options: { ports } }, { kind: 'port', node: 'sw0-p3' });
      expect(result).toMatchObject({ ok: false, error: { code: 'OPTION_OUT_OF_RANGE' } });
    }
  });

  it('a port that joins a switch has its serial number and identity', () => {
    const { document, selection } = added(
      defaultMachine,
      { part: 'downstreamPort' },
      { kind: 'switchBus', node: 'sw0' },
    );
    const port = document.functions.find(({ id }) => id === selection[0]);
    const owner = document.functions.find(({ id }) => id === 'sw0');
    expect(port).toMatchObject({
      id: 'sw0-p4',
      device: 4,
      serialNumber: owner?.serialNumber,
      identity: owner?.identity,
    });
  });
});

describe('a blank machine', () => {
  it('is valid, reads back, and becomes one that moves bytes with a port, a switch and two cards', () => {
    const blank = blankMachine();
    expect(parseDocument(serializeDocument(blank))).toEqual({ ok: true, value: blank });
    const port = added(blank, { part: 'rootPort' }, { kind: 'rootBus', node: 'pcie0' }).document;
    const tree = added(port, { part: 'switch' }, { kind: 'port', node: 'rp0' }).document;
    const memory = added(tree, { part: 'iopmem' }, { kind: 'port', node: 'sw0-p0' }).document;
    const { document, notes } = added(memory, { part: 'nic' }, { kind: 'port', node: 'sw0-p1' });
    expect(notes).toEqual(['The transfer now runs from nic0 to iopmem0.']);
    expect(verdictOf(runJob(document, ['nic0', 'iopmem0', 'p2p']))).toBe('finished');
  });

  it('can be loaded as it is: the machine boots and says why nothing moves', () => {
    const machine = machineFor(blankMachine(), ['hb0', 'hb0', 'p2p']);
    expect(machine.description.plan.refused?.message ?? '').not.toBe('');
  });
});

describe('links and distances before there is a machine', () => {
  it('train as the machine trains them', () => {
    const ends: LinkEndSpec[] = LINK_GENS.flatMap((maxGen) =>
      LINK_WIDTHS.flatMap((maxWidth): LinkEndSpec[] => [
        { maxGen, maxWidth },
        { maxGen, maxWidth, limitGen: 1, limitWidth: 1 },
        { maxGen, maxWidth, disabled: true },
      ]),
    );
    for (const upper of ends) {
      for (const lower of ends) {
        const machine = negotiateLink(upper, lower);
        const expected = machine.up ? { gen: machine.gen, width: machine.width } : undefined;
        expect(trainedLink(upper, lower)).toEqual(expected);
      }
    }
  });

  it('are as far apart as Linux counts', () => {
    for (const id of ['default', 'nested-switches', 'two-root-ports', 'gpu-server']) {
      const document = presets.find((preset) => preset.id === id)?.document ?? defaultMachine;
      const index = indexDocument(document);
      const cards = document.functions.filter((fn) => fn.kind === 'endpoint' && canHoldTransferEnd(fn));
      for (const provider of cards) {
        for (const client of cards.filter((fn) => fn !== provider)) {
          const { verdict } = machineFor(document, [client.id, provider.id, 'p2p']).description;
          const steps = stepsBetween(index, client.parent, provider.id);
          expect([id, client.id, provider.id, steps]).toEqual([id, client.id, provider.id, verdict?.chainDistance]);
        }
      }
    }
  }, 60_000);
});

describe('commands', () => {
  const legal = (document: TopologyDocument, node: NodeId) =>
    targetsFor(document, { kind: 'subtree', node })
      .filter((offer) => offer.legal)
      .map(({ key }) => key);

  it.each([
    ['a switch below itself', 'sw0', { kind: 'port', node: 'sw0-p3' }, 'INTO_ITSELF'],
    ['a card into a full port', 'nic0', { kind: 'port', node: 'rp1' }, 'PORT_OCCUPIED'],
    ['a card to where it is', 'nic0', { kind: 'port', node: 'sw0-p1' }, 'ALREADY_THERE'],
    ['a card on a root bus', 'nic0', { kind: 'rootBus', node: 'pcie0' }, 'WRONG_KIND'],
    ['a root port below a switch', 'rp1', { kind: 'port', node: 'sw0-p3' }, 'WRONG_KIND'],
    ['a root complex', 'pcie0', { kind: 'machine' }, 'BELONGS_TO_ITS_OWNER'],
    ['a host bridge function', 'hb0', { kind: 'rootBus', node: 'pcie0' }, 'BELONGS_TO_ITS_OWNER'],
    ['nothing', 'nobody', { kind: 'port', node: 'rp1' }, 'NODE_MISSING'],
    ['a card to nowhere', 'nic0', { kind: 'port', node: 'nobody' }, 'TARGET_MISSING'],
    ['a card below a card', 'nic0', { kind: 'port', node: 'nvme0' }, 'TARGET_MISSING'],
  ] as const)('refuse to move %s', (_what, node, target, code) => {
    expect(moveSubtree(defaultMachine, node, target)).toMatchObject({ ok: false, error: { code } });
  });

  it('move a switch with its cards to another root port', () => {
    const port = added(defaultMachine, { part: 'rootPort' }, { kind: 'rootBus', node: 'pcie0' }).document;
    expect(legal(port, 'sw0')).toEqual(['port:rp2']);
    const moved = moveSubtree(port, 'sw0', { kind: 'port', node: 'rp2' });
    expect(moved.ok && moved.value.label).toBe('Move sw0 to rp2');
    if (!moved.ok) return;
    const machine = machineFor(moved.value.document, ['nic0', 'iopmem0', 'p2p']);
    // rp0 and rp1 keep buses 01 and 02, rp2 has 03, the switch's own bus is 04.
    expect(machine.description.functions.find(({ id }) => id === 'nic0')?.bdf).toBe('0000:06:00.0');
  });

  it('stop where bus numbers end', () => {
    const document = { ...defaultMachine, hostBridges: defaultMachine.hostBridges.map((b) => ({ ...b, lastBus: 8 })) };
    const result = addPart(document, { part: 'switch' }, { kind: 'port', node: 'sw0-p3' });
    expect(result).toMatchObject({ ok: false, error: { code: 'BUS_NUMBERS_EXHAUSTED' } });
    expect(result.ok ? '' : result.error.message).toBe('the Switch needs 5 bus numbers and pcie0 has 1 left of 8.');
  });

  it('forget the bus ranges firmware gave to the bridges above: what is new is found', () => {
    const buses: Readonly<Record<NodeId, readonly [number, number, number]>> = {
      rp0: [0, 1, 6],
      sw0: [1, 2, 6],
      'sw0-p0': [2, 3, 3],
      'sw0-p1': [2, 4, 4],
      'sw0-p2': [2, 5, 5],
      'sw0-p3': [2, 6, 6],
      rp1: [0, 7, 7],
    };
    const document: TopologyDocument = {
      ...defaultMachine,
      start: 'firmware',
      functions: defaultMachine.functions.map((fn) => {
        const [primary, secondary, subordinate] = buses[fn.id] ?? [];
        if (primary === undefined || secondary === undefined || subordinate === undefined) return fn;
        return { ...fn, firmware: { buses: { primary, secondary, subordinate } } };
      }),
    };
    const { document: after } = added(document, { part: 'switch' }, { kind: 'port', node: 'sw0-p3' });
    const kept = after.functions.filter(({ firmware }) => firmware !== undefined).map(({ id }) => id);
    expect(kept).toEqual(['rp1', 'sw0-p0', 'sw0-p1', 'sw0-p2']);
    const { functions } = machineFor(after, ['nic0', 'iopmem0', 'p2p']).description;
    expect(functions.filter(({ bdf }) => bdf === undefined)).toEqual([]);
    expect(functions).toHaveLength(after.functions.length);
  });

  it('stop where device numbers end', () => {
    let document = defaultMachine;
    const target = { kind: 'rootBus', node: 'pcie0' } as const;
    for (let port = 0; port < 28; port++) document = added(document, { part: 'rootPort' }, target).document;
    expect(addPart(document, { part: 'rootPort' }, target)).toMatchObject({
      ok: false,
      error: { code: 'DEVICE_NUMBERS_EXHAUSTED' },
    });
  });

  it('keep one root complex, with its function', () => {
    expect(removeSubtrees(defaultMachine, ['pcie0'])).toMatchObject({
      ok: false,
      error: { code: 'LAST_ROOT_COMPLEX' },
    });
    expect(removeSubtrees(defaultMachine, ['hb0'])).toMatchObject({
      ok: false,
      error: { code: 'BELONGS_TO_ITS_OWNER' },
    });
    expect(removeSubtrees(defaultMachine, [])).toMatchObject({ ok: false, error: { code: 'NOTHING_SELECTED' } });
  });

  it('give the number of a removed function 0 to the next function of its device', () => {
    const document = presets.find(({ id }) => id === 'two-root-ports')?.document ?? defaultMachine;
    const removed = removeSubtrees(document, ['dummy1']);
    expect(removed.ok && removed.value.document.functions.find(({ id }) => id === 'rp0')).toMatchObject({
      device: 1,
      fn: 0,
    });
  });

  it('rename the ports of a switch along with it', () => {
    const renamed = rename(defaultMachine, 'sw0', 'Enclosure');
    expect(renamed.ok && renamed.value.document.functions.find(({ id }) => id === 'sw0-p1')?.name).toBe(
      'Enclosure port 1',
    );
  });

  it('give copies names, slots and serial numbers of their own, and share them within a card', () => {
    const port = added(defaultMachine, { part: 'rootPort' }, { kind: 'rootBus', node: 'pcie0' }).document;
    const copied = duplicateSubtrees(port, ['sw0']);
    if (!copied.ok) throw new Error(copied.error.message);
    const { document, selection } = copied.value;
    expect(selection).toEqual(['sw1']);
    const copy = document.functions.filter(({ id, parent }) => id === 'sw1' || parent === 'sw1');
    expect(copy.map(({ id, name }) => `${id} ${name}`)).toEqual([
      'sw1 Switch 2',
      'sw1-p0 Switch 2 port 0',
      'sw1-p1 Switch 2 port 1',
      'sw1-p2 Switch 2 port 2',
      'sw1-p3 Switch 2 port 3',
    ]);
    expect(new Set(copy.map(({ serialNumber }) => serialNumber)).size).toBe(1);
    const slots = document.functions.flatMap(({ slot }) => (slot === undefined ? [] : [slot.number]));
    expect(new Set(slots).size).toBe(slots.length);
    expect(document.functions.filter(({ parent }) => parent.startsWith('sw1-')).map(({ id }) => id)).toEqual([
      'iopmem2',
      'nic1',
      'iopmem3',
    ]);
  });

  it('unplug a card and plug it in again as it was', () => {
    const out = unplugCard(defaultMachine, 'rp1');
    if (!out.ok) throw new Error(out.error.message);
    const back = pasteClip(out.value.document, out.value.card, { kind: 'port', node: 'rp1' });
    const card = (document: TopologyDocument) => document.functions.find(({ id }) => id === 'nvme0');
    expect(back.ok && card(back.value.document)).toEqual(card(defaultMachine));
    expect(unplugCard(defaultMachine, 'sw0-p3')).toMatchObject({ ok: false, error: { code: 'NODE_MISSING' } });
  });
});

it('keys of places are all different, and parts are found by their id', () => {
  const keys = targetsFor(defaultMachine, { kind: 'part', request: { part: 'gpu' } }).map(({ target }) =>
    targetKey(target),
  );
  expect(new Set(keys).size).toBe(keys.length);
  for (const part of PARTS) expect(partOf(part.id)).toBe(part);
});
