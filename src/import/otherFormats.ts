/*
 * What a text is, when it is not lspci output that can be imported. Each answer says what to paste instead.
 */
import type { InputLines } from './lines.ts';

/** Lines looked at; every format shows itself in its first lines. */
const PROBE_LINES = 400;

export interface OtherFormat {
  readonly code: string;
  /** `lstopo XML`. */
  readonly title: string;
  readonly message: string;
}

interface Rule extends OtherFormat {
  readonly matches: (head: string, firstLine: string) => boolean;
}

const NOT_YET = 'This program reads it in a later version; for now it needs registers or their description.';

const RULES: readonly Rule[] = [
  {
    code: 'INPUT_IS_LSTOPO_XML',
    title: 'lstopo XML',
    message: `This is a topology written by lstopo (hwloc). ${NOT_YET}`,
    matches: (head) => /<topology\b/.test(head) && /<object\b|hwloc/.test(head),
  },
  {
    code: 'INPUT_IS_NCCL_XML',
    title: 'NCCL topology XML',
    message: `This is a topology file of NCCL or RCCL. ${NOT_YET}`,
    matches: (head) => /<system\b/.test(head) && /<cpu\b/.test(head),
  },
  {
    code: 'INPUT_IS_NVIDIA_SMI_TOPO',
    title: 'nvidia-smi topo -m',
    message: `This is the matrix of "nvidia-smi topo -m". ${NOT_YET}`,
    matches: (head) => /^\s*GPU0\s+(?:GPU1|NIC0|mlx|CPU Affinity)/m.test(head) || /Legend:[\s\S]*NV#/.test(head),
  },
  {
    code: 'INPUT_IS_NVIDIA_SMI',
    title: 'nvidia-smi',
    message: 'This is the output of nvidia-smi, which says nothing about the PCI Express tree.',
    matches: (head) => /NVIDIA-SMI \d/.test(head),
  },
  {
    code: 'INPUT_IS_LSPCI_TREE',
    title: 'lspci -t',
    message: 'This is the tree of "lspci -t", which has no links, addresses or ACS state.',
    matches: (head) => /^\s*-(?:\+-)?\[[0-9a-f]{4,8}:[0-9a-f]{2}(?:-[0-9a-f]{2})?\]/m.test(head),
  },
  {
    code: 'INPUT_IS_LSPCI_MACHINE_READABLE',
    title: 'lspci -m',
    message: 'This is "lspci -m" or "-vmm", which has no registers, addresses or link state.',
    matches: (head) =>
      /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] "/m.test(head) ||
      /^Slot:\s+(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\s*$/m.test(head),
  },
  {
    code: 'INPUT_IS_LSUSB',
    title: 'lsusb',
    message: 'This is the output of lsusb: USB devices, not PCI Express.',
    matches: (head) => /^Bus \d{3} Device \d{3}: ID /m.test(head),
  },
  {
    code: 'INPUT_IS_DMESG',
    title: 'dmesg',
    message: 'This is a kernel log.',
    matches: (head) => (head.match(/^(?:<\d+>)?\[[\s\d.]*\] \S/gm)?.length ?? 0) >= 2,
  },
  {
    code: 'INPUT_IS_IOMEM',
    title: '/proc/iomem',
    message: 'This is /proc/iomem or /proc/ioports: addresses without the tree.',
    matches: (head) => (head.match(/^\s*[0-9a-f]{4,16}-[0-9a-f]{4,16} : /gm)?.length ?? 0) >= 2,
  },
  {
    code: 'INPUT_IS_DMIDECODE',
    title: 'dmidecode',
    message: 'This is the output of dmidecode.',
    matches: (head) => /^# dmidecode|^Handle 0x[0-9A-F]{4}, DMI type/m.test(head),
  },
  {
    code: 'INPUT_IS_LSHW',
    title: 'lshw',
    message: 'This is the output of lshw.',
    matches: (head) => /^\s*\*-(?:core|pci|firmware|cpu)/m.test(head),
  },
  {
    code: 'INPUT_IS_LSCPU',
    title: 'lscpu',
    message: 'This is the output of lscpu.',
    matches: (head) => /^Architecture:\s/m.test(head) && /^Vendor ID:\s/m.test(head),
  },
  {
    code: 'INPUT_IS_DOCUMENT',
    title: 'Peerlane document',
    message: 'This is a machine that Peerlane saved, not the output of a command.',
    matches: (head) => /^\s*\{\s*"version"\s*:\s*\d+/.test(head),
  },
  {
    code: 'INPUT_IS_JSON',
    title: 'JSON',
    message: 'This is JSON, not the output of lspci.',
    matches: (head) => /^\s*(?:\{\s*["}]|\[\s*[[{"\]])/.test(head) && /[\]},:]\s*$/.test(head),
  },
  {
    code: 'INPUT_IS_HTML',
    title: 'web page',
    message: 'This is the source of a web page.',
    matches: (head) => /^\s*<(?:!doctype html|html)\b/i.test(head),
  },
  {
    code: 'INPUT_IS_XML',
    title: 'XML',
    message: 'This is XML of a kind this program does not know.',
    matches: (head) => /^\s*<\?xml\b/.test(head),
  },
  {
    code: 'INPUT_IS_COMMAND_ERROR',
    title: 'error message',
    message: 'This is the error message of a shell, not the output of lspci.',
    matches: (head, firstLine) =>
      /command not found|Permission denied|No such file or directory|pcilib: Cannot/.test(firstLine) &&
      head.length < 1000,
  },
];

/** Recognises a text that cannot be imported; undefined if it is nothing known. */
export function recogniseOther(input: InputLines): OtherFormat | undefined {
  const head = input.lines
    .slice(0, PROBE_LINES)
    .map((line) => line.slice(0, 300))
    .join('\n');
  const firstLine = input.lines.find((line) => line.trim() !== '') ?? '';
  return RULES.find((rule) => rule.matches(head, firstLine));
}

/** What to paste, in one sentence. */
export const WHAT_TO_PASTE = 'Run "sudo lspci -vvv" or "sudo lspci -xxxx" on the machine and paste all of its output.';
