import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, invariant } from '../base/invariant.ts';
import { nameView } from '../core/host/p2pdma/names.ts';
import { allPairs } from '../core/host/p2pdma/pairsText.ts';
import { pathNotation, predictPair } from '../core/host/p2pdma/peerRoute.ts';
import { viewOfSpec } from '../core/host/p2pdma/specView.testing.ts';
import type { HostView } from '../core/host/hostView.ts';
import type { MachineSpec } from '../core/pcie/machineSpec.ts';
import { viewOfMachine } from './boot.ts';
import { readP2pdmaCase } from '../validation/cases/p2pdmaCase.ts';
import { machineOfCase } from '../validation/cases/p2pdmaMachine.ts';

type Below = 'endpoint' | 'twoFunctions' | 'conventional' | readonly { readonly acs: number; readonly below: Below }[];

const { below } = fc.letrec<{ below: Below }>((tie) => ({
  below: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Below>('endpoint', 'twoFunctions', 'conventional'),
    fc.array(fc.record({ acs: fc.integer({ min: 0, max: 0x7f }), below: tie('below') }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
}));

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Nodes of the case format below one port. */
function nodes(shape: Below, next: () => number): readonly unknown[] {
  const name = `n${next()}`;
  if (shape === 'endpoint') return [[name, 'EP', '00.0', '11f8:f115', {}]];
  if (shape === 'twoFunctions') {
    return [
      [name, 'EP', '00.0', '11f8:f115', { mf: 1, acs: ['2c', '04'] }],
      [`${name}b`, 'EP', '00.1', '11f8:f115', { mf: 1 }],
    ];
  }
  if (shape === 'conventional') {
    const devices = [1, 2].map((device) => [`${name}d${device}`, 'PCI_EP', `0${device}.0`, '1274:1371', {}]);
    return [[name, 'PCI_BRIDGE', '00.0', '104c:8231', {}, devices]];
  }
  const ports = shape.map((port, device) => [
    `n${next()}`,
    'DSP',
    `${hex(device)}.0`,
    '10b5:8747',
    { acs: ['7f', hex(port.acs)] },
    nodes(port.below, next),
  ]);
  return [[name, 'USP', '00.0', '10b5:8747', {}, ports]];
}

const machines = fc
  .array(fc.array(fc.record({ acs: fc.integer({ min: 0, max: 0x7f }), below }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  })
  .map((hosts): MachineSpec => {
    let count = 0;
    const next = (): number => (count += 1);
    const row = {
      id: 'random',
      hosts: hosts.map((ports, index) => ({
        name: `H${index}`,
        domain: 0,
        bus: index === 0 ? '00' : '80',
        cpu: ['intel', '06'],
        tree: [
          [`hb${index}`, 'HB', '00.0', '8086:2f00', {}],
          ...ports.map((port, device) => [
            `n${next()}`,
            'RP',
            `${hex(device + 1)}.0`,
            '8086:2f02',
            { acs: ['5f', hex(port.acs & 0x5f)] },
            nodes(port.below, next),
          ]),
        ],
      })),
      provider: 'hb0',
      client: 'hb0',
      expect: {},
    };
    const read = readP2pdmaCase(row);
    invariant(read.ok, () => JSON.stringify(read));
    return machineOfCase(read.value);
  });

/** Pairs and paths as text, by names, so that bus numbers do not matter. */
function answers(view: HostView, spec: MachineSpec): readonly string[] {
  const names = nameView(view, spec);
  const nameOf = (index: number): string => at(names.functions, index).name;
  const lines = allPairs(view).map((answer) => {
    const { request, completion } = predictPair(view, answer, { form: 'bus' });
    return [
      `${nameOf(answer.provider)} ${nameOf(answer.client)} ${answer.chainDistance} ${answer.mapType}`,
      `redirectors ${answer.redirectors.map(nameOf).join(' ')}`,
      `write ${pathNotation(view, names, request).join(' ')} ${request.end?.status ?? ''}`,
      `read ${completion === undefined ? '' : pathNotation(view, names, completion).join(' ')} ${completion?.end?.status ?? ''}`,
    ].join(' | ');
  });
  return lines.toSorted();
}

describe('any machine', () => {
  it('looks the same through configuration reads, windows and addresses as in its description', () => {
    fc.assert(
      fc.property(machines, (spec) => {
        const enumerated = viewOfMachine(spec);
        fc.pre(enumerated.diagnostics.every(({ severity }) => severity !== 'error'));
        expect(answers(enumerated, spec)).toEqual(answers(viewOfSpec(spec), spec));
      }),
      { numRuns: 60 },
    );
  });
});
