/*
 * The ordering table (semantics reference, section 8) and the turns of sources, on bare queues.
 */
import { describe, expect, it } from 'vitest';
import { COMPLETION_HEADER_BYTES, FLOW, TLP_CLASS, TLP_KIND, type TlpKind } from '../../pcie/tlp.ts';
import { CreditAccount, type CreditLimits, INFINITE_CREDITS } from './creditAccount.ts';
import { SourceQueues } from './sourceQueues.ts';
import { NONE, TLP_ATTRIBUTE, TlpPool } from './tlpPool.ts';

const { relaxedOrdering: RO, idBasedOrdering: IDO } = TLP_ATTRIBUTE;

interface Tlp {
  readonly kind: TlpKind;
  readonly bytes?: number;
  readonly requester?: number;
  readonly completer?: number;
  readonly attributes?: number;
}

const HAS_DATA: readonly TlpKind[] = [TLP_KIND.MWr, TLP_KIND.CplD, TLP_KIND.FetchAdd, TLP_KIND.CfgWr0];

class Bench {
  readonly pool = new TlpPool(256);
  readonly credits: CreditAccount;
  readonly queues: SourceQueues;

  constructor(limits: Partial<CreditLimits> = {}, sources = 1, exceptions = true) {
    this.credits = new CreditAccount({ ...INFINITE_CREDITS, ...limits });
    this.queues = new SourceQueues(this.pool, this.credits, exceptions);
    for (let source = 0; source < sources; source++) this.queues.addSource();
  }

  add(tlp: Tlp, source = 0): number {
    const slot = this.pool.allocate();
    const bytes = tlp.bytes ?? 64;
    const carried = HAS_DATA.includes(tlp.kind) ? bytes : 0;
    this.pool.describe(slot, tlp.kind, FLOW.p2p, 0, bytes, carried, COMPLETION_HEADER_BYTES);
    this.pool.setTransaction(slot, tlp.requester ?? 0x100, 0, 0);
    this.pool.addAttributes(slot, tlp.attributes ?? 0);
    if (tlp.completer !== undefined) this.pool.setCompleterId(slot, tlp.completer);
    this.queues.add(slot, source);
    return slot;
  }

  /** Takes one and uses its credits. */
  take(): number {
    const slot = this.queues.take();
    if (slot >= 0) this.credits.take(this.pool.classOf(slot), this.pool.dataCredits(slot));
    return slot;
  }
}

const WRITE: Tlp = { kind: TLP_KIND.MWr };
const READ: Tlp = { kind: TLP_KIND.MRd };
const ATOMIC: Tlp = { kind: TLP_KIND.FetchAdd, bytes: 8 };
const COMPLETION: Tlp = { kind: TLP_KIND.CplD, completer: 0x200 };
/** Which credits a class lacks, so that its TLP is stuck. */
const NO_POSTED = { postedData: 4 };
/** Needs five of the four data credits there are. */
const STUCK_WRITE: Tlp = { kind: TLP_KIND.MWr, bytes: 80 };

describe('ordering table: what waits behind an older posted TLP that lacks credits', () => {
  it.each([
    ['a posted one', WRITE],
    ['a read', READ],
    ['an atomic operation', ATOMIC],
    ['a completion', COMPLETION],
  ])('O-1: %s waits without attributes', (_name, later) => {
    const bench = new Bench(NO_POSTED);
    bench.add(STUCK_WRITE);
    bench.add(later);
    expect(bench.take()).toBe(NONE);
    expect(bench.queues.canSend()).toBe(false);
  });

  it.each([
    ['a posted one', WRITE],
    ['an atomic operation', ATOMIC],
    ['a completion', COMPLETION],
  ])('O-1: %s with relaxed ordering passes', (_name, later) => {
    const bench = new Bench(NO_POSTED);
    bench.add(STUCK_WRITE);
    const slot = bench.add({ ...later, attributes: RO });
    expect(bench.take()).toBe(slot);
  });

  it('O-1: a read with relaxed ordering still waits', () => {
    const bench = new Bench(NO_POSTED);
    bench.add(STUCK_WRITE);
    bench.add({ ...READ, attributes: RO });
    expect(bench.take()).toBe(NONE);
  });

  it('O-1: relaxed ordering of the earlier TLP does not help the later one', () => {
    const bench = new Bench(NO_POSTED);
    bench.add({ ...STUCK_WRITE, attributes: RO });
    bench.add(WRITE);
    bench.add(READ);
    bench.add(COMPLETION);
    expect(bench.take()).toBe(NONE);
  });

  it.each([
    ['a posted one', WRITE],
    ['a read', READ],
    ['an atomic operation', ATOMIC],
  ])('O-1: %s with ID-based ordering passes those of another requester only', (_name, later) => {
    const own = new Bench(NO_POSTED);
    own.add({ ...STUCK_WRITE, requester: 0x300 });
    own.add({ ...later, requester: 0x300, attributes: IDO });
    expect(own.take()).toBe(NONE);
    const other = new Bench(NO_POSTED);
    other.add({ ...STUCK_WRITE, requester: 0x300 });
    const slot = other.add({ ...later, requester: 0x400, attributes: IDO });
    expect(other.take()).toBe(slot);
  });

  it('O-1: a completion compares its completer with the requester of the posted TLP', () => {
    const own = new Bench(NO_POSTED);
    own.add({ ...STUCK_WRITE, requester: 0x300 });
    own.add({ ...COMPLETION, completer: 0x300, requester: 0x500, attributes: IDO });
    expect(own.take()).toBe(NONE);
    const other = new Bench(NO_POSTED);
    other.add({ ...STUCK_WRITE, requester: 0x300 });
    const slot = other.add({ ...COMPLETION, completer: 0x400, requester: 0x300, attributes: IDO });
    expect(other.take()).toBe(slot);
  });

  it('O-1: ID-based ordering looks at every posted TLP that would be passed, not only at the first', () => {
    const bench = new Bench(NO_POSTED);
    bench.add({ ...STUCK_WRITE, requester: 0x300 });
    bench.add({ ...STUCK_WRITE, requester: 0x400 });
    bench.add({ ...READ, requester: 0x400, attributes: IDO });
    expect(bench.take()).toBe(NONE);
  });

  it('the exceptions starve nobody: after a number of passes everything waits', () => {
    const bench = new Bench({ postedData: 4 });
    bench.add(STUCK_WRITE);
    for (let count = 0; count < 40; count++) bench.add({ kind: TLP_KIND.MWr, bytes: 16, attributes: RO });
    let passed = 0;
    while (bench.take() !== NONE) {
      passed++;
      // Only as much comes back as was used: the write stays stuck.
      bench.credits.arrive(TLP_CLASS.posted, 0, 1);
    }
    expect(passed).toBe(16);
    bench.credits.arrive(TLP_CLASS.posted, 0, 8);
    expect(bench.pool.dataCredits(bench.take())).toBe(5);
    expect(bench.pool.dataCredits(bench.take())).toBe(1);
  });
});

describe('ordering table: what must pass', () => {
  it.each([
    ['posted', 'a read', WRITE, READ, { nonPostedHeader: 0 }],
    ['posted', 'an atomic operation', WRITE, ATOMIC, { nonPostedHeader: 0 }],
    ['posted', 'a completion', WRITE, COMPLETION, { completionHeader: 0 }],
    ['a completion', 'a read', COMPLETION, READ, { nonPostedHeader: 0 }],
    ['a completion', 'an atomic operation', COMPLETION, ATOMIC, { nonPostedHeader: 0 }],
    ['a read', 'a completion', READ, COMPLETION, { completionHeader: 0 }],
  ])('O-2: %s passes %s that lacks credits', (_later, _earlier, later, earlier, limits) => {
    const bench = new Bench(limits);
    bench.add(earlier);
    const slot = bench.add(later);
    expect(bench.take()).toBe(slot);
  });

  it('without the exceptions nothing passes anything', () => {
    for (const [later, earlier, limits] of [
      [WRITE, READ, { nonPostedHeader: 0 }],
      [COMPLETION, READ, { nonPostedHeader: 0 }],
      [{ ...COMPLETION, attributes: RO }, STUCK_WRITE, NO_POSTED],
    ] as const) {
      const bench = new Bench(limits, 1, false);
      bench.add(earlier);
      bench.add(later);
      expect(bench.take()).toBe(NONE);
    }
  });
});

describe('with credits for all', () => {
  it('O-3, O-5: everything of a source leaves in the order in which it came, whatever its attributes', () => {
    const bench = new Bench();
    const all = [WRITE, READ, COMPLETION, ATOMIC, WRITE, COMPLETION, READ];
    const slots = all.map((tlp, index) =>
      bench.add({ ...tlp, attributes: index % 2 === 0 ? RO | IDO : 0, requester: index }),
    );
    expect(slots.map(() => bench.take())).toEqual(slots);
    expect(bench.queues.waiting).toBe(0);
  });

  it('O-4: a stuck source does not hold another one', () => {
    const bench = new Bench(NO_POSTED, 2);
    bench.add(STUCK_WRITE, 0);
    const slot = bench.add(WRITE, 1);
    expect(bench.take()).toBe(slot);
  });
});

describe('turns', () => {
  function order(weights: readonly number[], count: number): readonly number[] {
    const bench = new Bench({}, weights.length);
    for (const [source, weight] of weights.entries()) if (weight !== 1) bench.queues.setWeight(source, weight);
    for (const source of weights.keys()) for (let index = 0; index < count; index++) bench.add(WRITE, source);
    return Array.from({ length: count }, () => bench.pool.source(bench.take()));
  }

  it('go round', () => {
    expect(order([1, 1, 1], 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('are as many in a row as the weight says', () => {
    expect(order([1, 2, 4], 14)).toEqual([0, 1, 1, 2, 2, 2, 2, 0, 1, 1, 2, 2, 2, 2]);
  });

  it('of a source that runs dry are not saved up', () => {
    const bench = new Bench({}, 2);
    bench.queues.setWeight(1, 4);
    const taken: number[] = [];
    const take = (): void => void taken.push(bench.pool.source(bench.take()));
    bench.add(WRITE, 1);
    for (let index = 0; index < 8; index++) bench.add(WRITE, 0);
    take();
    for (let index = 0; index < 8; index++) bench.add(WRITE, 1);
    for (let index = 0; index < 7; index++) take();
    expect(taken).toEqual([1, 0, 1, 1, 1, 1, 0, 1]);
  });

  it('stay right when TLPs leave from the middle of a queue', () => {
    const bench = new Bench({ postedData: 4 }, 2);
    const stuck = bench.add(STUCK_WRITE, 0);
    const one = bench.add({ ...WRITE, bytes: 16, attributes: RO }, 0);
    const two = bench.add({ ...WRITE, bytes: 16, attributes: RO }, 0);
    const other = bench.add({ ...WRITE, bytes: 16 }, 1);
    expect([bench.take(), bench.take(), bench.take(), bench.take()]).toEqual([one, other, two, NONE]);
    bench.credits.arrive(TLP_CLASS.posted, 0, 9);
    const last = bench.add(WRITE, 0);
    expect([bench.take(), bench.take(), bench.queues.waiting]).toEqual([stuck, last, 0]);
  });
});
