import { expect, it } from 'vitest';
import { KIB } from '../base/units.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { routeTaken } from './routeTaken.ts';
import { besideFlows, routeWords } from './words.ts';

const REQUEST_REDIRECT = 4;
const ACS_CONTROL = 0x14e;

it('sees that bytes went another way once an ACS bit was written, also after going back', async () => {
  const client = createInProcessClient();
  const document = { ...defaultMachine, transfer: { ...defaultMachine.transfer, bytes: 64 * KIB } };
  const machine = await client.load(document, document.transfer, 'p2p', 1);
  await client.runUntil(4_000_000);
  expect(routeTaken(document, machine, client.view)).toBe('belowSwitch');
  await client.writeConfig('sw0-p1', ACS_CONTROL, 2, REQUEST_REDIRECT);
  await client.runUntil(8_000_000);
  expect(routeTaken(document, machine, client.view)).toBe('both');
  expect(routeWords('both')).toContain('root complex');
  await client.seek(3_000_000);
  expect(routeTaken(document, machine, client.view)).toBe('belowSwitch');
  client.dispose();
});

it('says what runs beside a transfer', () => {
  expect([besideFlows({}), besideFlows({ flows: [1] }), besideFlows({ flows: [1, 2] })]).toEqual([
    '',
    ', beside a flow',
    ', beside 2 flows',
  ]);
});
