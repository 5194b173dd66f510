import { describe, expect, it } from 'vitest';
import { MIB } from '../base/units.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { presets } from '../topology/presets/presets.ts';
import { validateDocument } from '../topology/validate.ts';
import { trainedLink } from '../topology/edit/links.ts';
import { indexDocument, linkPartner } from '../topology/documentIndex.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { ALL_TARGETS, SWEEP_PARAMETERS, sweepParameter, type SweepParameter } from './sweepParameters.ts';

function write(id: SweepParameter['id'], value: number, target = ''): TopologyDocument {
  return sweepParameter(id).write(defaultMachine, target, value);
}

function fn(document: TopologyDocument, id: string) {
  const found = document.functions.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

function trained(document: TopologyDocument, port: string) {
  const upper = fn(document, port);
  const lower = linkPartner(indexDocument(document), upper);
  if (upper.link === undefined || lower?.link === undefined) throw new Error(`no link at ${port}`);
  return trainedLink(upper.link, lower.link);
}

/** The values whose effects are most likely to contradict the rest of a document. */
function extremes({ values }: SweepParameter): readonly number[] {
  return values.kind === 'choice' ? values.options : [values.minimum, values.maximum];
}

describe('edits of a sweep', () => {
  it('leave the document that is open as it is', () => {
    const before = JSON.stringify(defaultMachine);
    for (const parameter of SWEEP_PARAMETERS) {
      const target = parameter.targets?.(defaultMachine)[0]?.id ?? '';
      for (const value of extremes(parameter)) {
        expect(parameter.write(defaultMachine, target, value)).not.toBe(defaultMachine);
      }
    }
    expect(JSON.stringify(defaultMachine)).toBe(before);
  });

  it('keep every preset valid, at every place and both ends of every range', () => {
    for (const { document } of presets) {
      const errorsOf = (edited: TopologyDocument) =>
        validateDocument(edited).filter(({ severity }) => severity === 'error');
      const before = errorsOf(document).length;
      for (const parameter of SWEEP_PARAMETERS) {
        for (const { id } of parameter.targets?.(document) ?? [{ id: '' }]) {
          for (const value of extremes(parameter)) {
            const errors = errorsOf(parameter.write(document, id, value));
            expect(errors.length, `${document.name}, ${parameter.id} ${value} at ${id}: ${errors[0]?.message}`).toBe(
              before,
            );
          }
        }
      }
    }
  });

  it('train the links that are meant, up and down, and no others', () => {
    expect(trained(defaultMachine, 'sw0-p0')).toEqual({ gen: 4, width: 8 });
    expect(trained(write('gen', 5, ALL_TARGETS), 'sw0-p0')).toEqual({ gen: 5, width: 8 });
    expect(trained(write('gen', 1, ALL_TARGETS), 'rp1')).toEqual({ gen: 1, width: 4 });
    const one = write('width', 16, 'sw0-p0');
    expect(trained(one, 'sw0-p0')).toEqual({ gen: 4, width: 16 });
    expect(trained(one, 'sw0-p1')).toEqual({ gen: 4, width: 8 });
    expect(trained(write('width', 1, 'sw0-p0'), 'sw0-p0')).toEqual({ gen: 4, width: 1 });
  });

  it('write packets, engines, staging, memory and errors where they belong', () => {
    expect(fn(write('mps', 512), 'nic0')).toMatchObject({ mpsBytes: 512, mpsSupportedBytes: 512 });
    expect(fn(write('mps', 128), 'rp0')).toMatchObject({ mpsBytes: 128, mpsSupportedBytes: 256 });
    expect(fn(write('mrrs', 4096, 'nic0'), 'nic0').mrrsBytes).toBe(4096);
    expect(fn(write('mrrs', 4096, 'nic0'), 'nvme0').mrrsBytes).toBe(512);
    expect(fn(write('tags', 7, 'dma0'), 'dma0').model).toEqual({ type: 'dma', tags: 7 });
    expect(write('size', MIB).transfer.bytes).toBe(MIB);
    expect(write('chunk', 8192).transfer.bounce).toMatchObject({ chunkBytes: 8192, buffers: 1 });
    expect(write('buffers', 2).transfer.bounce.buffers).toBe(2);
    expect(write('background', 10).host.memory.backgroundBytesPerSecond).toBe(10e9);
    expect(write('background', 0).host.memory.backgroundBytesPerSecond).toBeUndefined();
    expect(fn(write('bitErrors', 1e-6, 'sw0-p0'), 'sw0-p0').link?.bitErrorRate).toBe(1e-6);
    expect(fn(write('bitErrors', 0, 'sw0-p0'), 'sw0-p0').link?.bitErrorRate).toBeUndefined();
  });

  it('offer engines that only copy first', () => {
    expect(
      sweepParameter('tags')
        .targets?.(defaultMachine)
        .map(({ id }) => id),
    ).toEqual(['dma0', 'nic0', 'nvme0']);
  });
});
