/*
 * Which link settings and operations the throughput of one link is checked for. Only the inputs are listed: what is
 * expected of each is computed from the closed forms (core/pcie/throughput.ts).
 */
import type { LinkSetting } from '../core/pcie/throughput.ts';

/** `runs`: link, then for each operation its sizes in bytes: `3x8 W:64,256 R:512 RW:4096`. */
export interface ThroughputGroup {
  readonly setting: Omit<LinkSetting, 'gen' | 'lanes'>;
  readonly runs: readonly string[];
}

/** W = write, R = read, RW = one of each. */
export const THROUGHPUT_GRID: readonly ThroughputGroup[] = [
  {
    setting: { mpsBytes: 128, mrrsBytes: 128, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:512,4096', '5x16 R:512'],
  },
  {
    setting: { mpsBytes: 128, mrrsBytes: 256, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:512', '3x16 R:4096', '4x8 R:4096', '4x16 R:512', '5x8 R:512'],
  },
  {
    setting: { mpsBytes: 128, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: [
      '2x4 R:256,1024,4096 RW:1024',
      '2x16 R:1024 RW:4096',
      '3x4 W:256 R:4096 RW:256,4096',
      '3x16 W:256,4096 RW:256',
      '4x4 W:256 R:4096 RW:4096',
      '4x16 W:4096 R:256,1024 RW:4096',
      '5x4 W:4096 R:256 RW:256,4096',
      '5x16 R:4096 RW:1024,4096',
      '6x4 W:64,256 R:4096 RW:64,4096',
      '6x8 W:4096 R:256 RW:64,256',
      '6x16 W:64 R:64,256,4096 RW:64,4096',
    ],
  },
  {
    setting: { mpsBytes: 128, mrrsBytes: 1024, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x16 R:512', '4x8 R:4096', '5x8 R:512'],
  },
  {
    setting: { mpsBytes: 128, mrrsBytes: 2048, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:512,4096', '3x16 R:512', '4x8 R:4096', '4x16 R:4096', '5x8 R:512', '5x16 R:4096'],
  },
  {
    setting: { mpsBytes: 128, mrrsBytes: 4096, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:512,4096', '3x16 R:4096', '4x16 R:512'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 128, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x16 R:512', '4x8 R:512', '5x8 R:512', '5x16 R:4096'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 256, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x16 R:512', '4x8 R:4096', '4x16 R:512', '5x8 R:4096', '5x16 R:4096'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 32, ecrc: false },
    runs: ['2x8 W:1024 R:1024 RW:64', '3x4 W:1024 RW:64', '3x8 R:1024', '5x4 W:64 RW:1024', '5x8 R:1024 RW:1024'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 32, ecrc: true },
    runs: ['2x4 RW:64', '2x8 R:64', '3x4 R:1024', '3x8 W:64,1024 R:1024 RW:64', '5x4 W:64 R:64', '5x8 W:64,1024 RW:64'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: [
      '1x1 W:64,4096 R:64,4096 RW:64,4096',
      '1x4 W:64,4096 R:64,4096 RW:64,4096',
      '1x8 W:64 R:64,4096 RW:64,4096',
      '1x16 W:64,4096 R:4096 RW:4096',
      '2x1 W:64,4096 R:64 RW:64,4096',
      '2x4 W:64,4096 R:64,4096 RW:64,4096',
      '2x8 W:64 R:64,4096 RW:64,4096',
      '2x16 W:64,4096 R:64,4096 RW:64',
      '3x1 W:64,4096 RW:64',
      '3x4 W:64,4096 R:4096 RW:64,4096',
      '3x8 W:64,128,384,768,1024,2048 R:64,384,512,768,1024,2048 RW:64,128,256,384,512,768,1024,4096',
      '3x16 W:64 R:64,4096 RW:4096',
      '4x1 W:64,4096 R:64,4096 RW:4096',
      '4x4 W:4096 R:64,4096 RW:4096',
      '4x8 W:64,4096 R:64,4096 RW:64,4096',
      '4x16 W:64,4096 R:64,4096 RW:64,4096',
      '5x1 W:64 R:64,4096 RW:64,4096',
      '5x4 W:4096 R:64,4096 RW:64,4096',
      '5x8 W:64,4096 R:64,4096 RW:64,4096',
      '5x16 W:64,4096 R:64 RW:4096',
      '6x4 W:64,256,4096 RW:4096',
      '6x8 W:64 R:64 RW:64,256,4096',
      '6x16 W:64 R:64,4096 RW:64,4096',
    ],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: true },
    runs: ['2x4 W:1024 R:64', '2x8 W:64 RW:64,1024', '3x8 W:1024 R:64 RW:64,1024', '5x8 R:64'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'rcb', addressBits: 64, ecrc: false },
    runs: [
      '2x8 R:512 RW:64,512,4096',
      '2x16 R:512 RW:512',
      '3x8 R:512 RW:64',
      '3x16 R:4096',
      '4x8 R:64 RW:64',
      '4x16 R:64,4096',
      '5x8 R:512 RW:64,512,4096',
      '5x16 R:64',
    ],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 512, rcbBytes: 128, completionChunk: 'rcb', addressBits: 64, ecrc: false },
    runs: [
      '2x8 RW:512',
      '2x16 R:64',
      '3x8 R:4096 RW:64,4096',
      '3x16 R:512,4096 RW:64',
      '4x8 R:64 RW:512,4096',
      '4x16 R:512 RW:64',
      '5x8 R:512 RW:512,4096',
      '5x16 R:64 RW:512',
    ],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 1024, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:512,4096', '3x16 R:512', '4x8 R:4096', '4x16 R:512', '5x16 R:512'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 2048, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['4x8 R:512', '5x16 R:4096'],
  },
  {
    setting: { mpsBytes: 256, mrrsBytes: 4096, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: ['3x8 R:4096', '3x16 R:512,4096', '4x8 R:512', '5x8 R:512,4096'],
  },
  {
    setting: { mpsBytes: 512, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: [
      '2x4 RW:4096',
      '2x16 W:256 R:1024,4096 RW:256,4096',
      '3x4 W:1024 R:256,1024,4096 RW:256,1024,4096',
      '3x16 RW:256',
      '4x4 RW:1024',
      '4x16 W:256,1024,4096 R:256,4096 RW:4096',
      '5x4 RW:256',
      '5x16 R:4096',
      '6x4 W:64,256,4096 R:64,256 RW:64',
      '6x8 W:4096 R:256 RW:64',
      '6x16 W:256,4096 R:64,4096 RW:64,256',
    ],
  },
  {
    setting: { mpsBytes: 1024, mrrsBytes: 512, rcbBytes: 64, completionChunk: 'mps', addressBits: 64, ecrc: false },
    runs: [
      '2x4 W:1024,4096 R:256 RW:4096',
      '2x16 W:1024,4096 RW:1024',
      '3x4 W:1024 R:1024 RW:256,1024',
      '3x16 W:4096 R:256,1024,4096 RW:1024,4096',
      '4x4 R:256,4096 RW:256',
      '4x16 R:1024 RW:256',
      '5x4 W:256 R:1024 RW:256,4096',
      '5x16 W:256 R:1024 RW:4096',
    ],
  },
];
