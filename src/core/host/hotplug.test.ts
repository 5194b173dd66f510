import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import { goldenMachine } from '../../../tests/support/goldenMachines.ts';
import { COMMAND } from '../config/header.ts';
import { runAtBoot } from './enumerate.ts';
import { restoreConfiguration, saveConfiguration, SETTLE_PS } from './hotplug.ts';

/** The golden machine, what its system keeps of it, and everything below one root port. */
function kept() {
  const machine = boot(goldenMachine());
  const saved = runAtBoot(saveConfiguration(machine.view.functions), machine.fabric);
  const [port] = machine.view.functions.filter((fn) => fn.kind === 'rootPort');
  const below = saved.filter(({ fn }) => isBelow(machine.view.functions, fn.upstreamBridge, port?.index));
  const node = machine.fabric.nodeAt(port?.segment ?? 0, port?.bdf ?? (0 as never)) ?? '';
  return { machine, below, node };
}

function isBelow(
  functions: readonly { upstreamBridge: number | undefined }[],
  at: number | undefined,
  port: number | undefined,
): boolean {
  for (let bridge = at; bridge !== undefined; bridge = functions[bridge]?.upstreamBridge)
    if (bridge === port) return true;
  return false;
}

describe('what a system keeps of its functions', () => {
  it('brings everything below a port back to what it was before a hot reset', () => {
    const { machine, below, node } = kept();
    const bytes = () => below.map(({ fn }) => machine.fabric.target(fn.segment, fn.bdf)?.config.bytes.slice());
    expect(below.length).toBeGreaterThan(3);
    const before = bytes();
    machine.fabric.resetBelow(node);
    const first = machine.fabric.target(below[0]?.fn.segment ?? 0, below[0]?.fn.bdf ?? (0 as never));
    expect(first?.config.field(COMMAND, 0, 'memorySpaceEnable')).toBe(0);
    const restored = runAtBoot(restoreConfiguration(below), machine.fabric);
    expect(restored.map(({ problem }) => problem)).toEqual(below.map(() => undefined));
    expect(bytes()).toEqual(before);
  });

  it('waits 100 ms before its first request', () => {
    const { below } = kept();
    const first = restoreConfiguration(below).next();
    expect(first.value).toEqual({ kind: 'delay', duration_ps: SETTLE_PS, busy: false });
  });

  it('leaves alone what does not answer, or is something else now', () => {
    const { machine, below } = kept();
    const [one, other] = below;
    if (one === undefined || other === undefined) throw new Error('the golden machine has too few functions');
    const config = machine.fabric.target(other.fn.segment, other.fn.bdf)?.config;
    config?.poke(0, 4, 0x1234_5678);
    const nobody = { ...one, fn: { ...one.fn, bdf: 0xfe00 as never } };
    const problems = runAtBoot(restoreConfiguration([nobody, other]), machine.fabric).map(({ problem }) => problem);
    expect(problems[0]).toBe('fe:00.0 does not answer.');
    expect(problems[1]).toContain('is 5678:1234 now');
  });
});
