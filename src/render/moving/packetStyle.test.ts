import { expect, test } from 'vitest';
import { linkBytesPerSecond, LINK_GENS, LINK_WIDTHS } from '../../core/pcie/link.ts';
import { COMPLETION_STATUS, FLOW, TLP_KIND } from '../../core/pcie/tlp.ts';
import { drawnLength, PACKET_STYLE, pitchOf, speedOf, styleOf, wireBytes } from './packetStyle.ts';

test('packets of a full link stand exactly one behind the other, on every generation and width', () => {
  for (const gen of LINK_GENS) {
    for (const lanes of LINK_WIDTHS) {
      const bytes = 280;
      const wire_ps = (bytes / linkBytesPerSecond(gen, lanes)) * 1e12;
      expect(speedOf('full', gen) * wire_ps).toBeCloseTo(pitchOf('full', bytes, lanes), 9);
    }
  }
});

test('the same bytes have the same area: half the length on twice the lanes', () => {
  expect(pitchOf('full', 280, 8)).toBeCloseTo(2 * pitchOf('full', 280, 16), 9);
  expect(drawnLength(pitchOf('full', 280, 8))).toBeCloseTo(26, 9);
  expect(drawnLength(pitchOf('full', 280, 16))).toBeCloseTo(13, 9);
});

test('a write of 256 bytes above 4 GiB takes 280 bytes on the wire, below 276, in flit mode 272', () => {
  expect(wireBytes(TLP_KIND.MWr, 2 ** 32, 256, 4)).toBe(280);
  expect(wireBytes(TLP_KIND.MWr, 4096, 256, 4)).toBe(276);
  expect(wireBytes(TLP_KIND.MWr, 2 ** 32, 256, 6)).toBe(272);
});

test('a read asks for its length but does not carry it', () => {
  expect(wireBytes(TLP_KIND.MRd, 2 ** 32, 512, 4)).toBe(24);
  expect(wireBytes(TLP_KIND.CplD, 0, 256, 4)).toBe(276);
});

test('kind, flow and status choose the shape', () => {
  const what = (kind: number, flow: number = FLOW.control, status: number = COMPLETION_STATUS.SC): number =>
    kind | (flow << 16) | (status << 24);
  expect(styleOf(what(TLP_KIND.MWr, FLOW.p2p))).toBe(PACKET_STYLE.p2p);
  expect(styleOf(what(TLP_KIND.MWr, FLOW.bounceIn))).toBe(PACKET_STYLE.bounce);
  expect(styleOf(what(TLP_KIND.MWr, FLOW.bounceOut))).toBe(PACKET_STYLE.bounce);
  expect(styleOf(what(TLP_KIND.MWr))).toBe(PACKET_STYLE.control);
  expect(styleOf(what(TLP_KIND.MRd, FLOW.p2p))).toBe(PACKET_STYLE.request);
  expect(styleOf(what(TLP_KIND.CplD, FLOW.p2p))).toBe(PACKET_STYLE.completion);
  expect(styleOf(what(TLP_KIND.Cpl, FLOW.p2p, COMPLETION_STATUS.UR))).toBe(PACKET_STYLE.failed);
  expect(styleOf(what(TLP_KIND.CfgRd0))).toBe(PACKET_STYLE.config);
});
