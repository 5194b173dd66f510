import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import { crc32 } from './crc32.ts';
import { MemoryArena, PAGE_BYTES } from './memoryArena.ts';
import { ObjectHistory } from './objectHistory.ts';
import { PageHistory } from './pageHistory.ts';
import { SparseMemory } from './sparseMemory.ts';

const PAGES = 5;

/** The two memories of an arena, with a history. */
function world() {
  const arena = new MemoryArena(privateStorage);
  const memories = [new SparseMemory(arena, PAGES * PAGE_BYTES), new SparseMemory(arena, PAGES * PAGE_BYTES)] as const;
  return { arena, memories };
}

type World = ReturnType<typeof world>;

function contentOf({ memories }: World): readonly number[] {
  return memories.map((memory) => {
    const bytes = new Uint8Array(PAGES * PAGE_BYTES);
    memory.readInto(0, bytes.length, bytes, 0);
    return crc32(bytes);
  });
}

type Step =
  | { readonly kind: 'write'; readonly memory: 0 | 1; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'mark' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      memory: fc.constantFrom(0 as const, 1 as const),
      offset: fc.integer({ min: 0, max: PAGES * PAGE_BYTES - 300 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'mark' as const }) },
);

describe('pages at checkpoints', () => {
  it('hold what they held, in whatever order checkpoints are gone to, and run on from there as before', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
        (steps, jumps) => {
          const one = world();
          for (const memory of one.memories) memory.writeUint(PAGE_BYTES * 3, 4, 0x1234);
          const history = new PageHistory(one.arena);
          // Roots of memories are no pages: whoever keeps objects keeps them.
          const objects = new ObjectHistory(one.memories, {
            stops: [one.arena, history],
            isForeign: (buffer) => one.arena.segments.includes(buffer),
          });
          const places = [{ next: 0, content: contentOf(one), objects: objects.capture() }];
          const write = (from: number): number => {
            let next = from;
            for (let now = steps[next]; now?.kind === 'write'; now = steps[next]) {
              one.memories[now.memory].writeFrom(now.offset, now.bytes.length, now.bytes, 0);
              next += 1;
            }
            return next;
          };
          for (let next = write(0); next < steps.length; next = write(next + 1)) {
            history.mark();
            places.push({ next: next + 1, content: contentOf(one), objects: objects.capture() });
          }
          for (const jump of jumps) {
            const number = jump % places.length;
            history.goTo(number);
            const place = at(places, number);
            objects.restore(place.objects);
            expect(contentOf(one)).toEqual(place.content);
            // On to the next checkpoint by doing the same again, every other time.
            if (jump % 2 === 1 && number + 1 < places.length) {
              write(place.next);
              history.mark();
              expect(contentOf(one)).toEqual(at(places, number + 1).content);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
