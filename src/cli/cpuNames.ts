/*
 * Names of CPUs as people and QEMU write them → what the kernel's peer-to-peer code looks at: vendor and family.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { CpuView } from '../core/host/hostView.ts';

interface CpuRow extends CpuView {
  /** Lower case; a name matches if it is equal or goes on with `-` (`EPYC-Rome-v2`). The longest match decides. */
  readonly names: readonly string[];
}

const INTEL_FAMILY_6: readonly string[] =
  'intel xeon core2duo coreduo n270 pentium2 pentium3 conroe penryn nehalem westmere sandybridge ivybridge haswell broadwell skylake cascadelake cooperlake icelake sapphirerapids graniterapids sierraforest denverton snowridge knightsmill'.split(
    ' ',
  );

/** Families as in /proc/cpuinfo. QEMU names: `qemu-system-x86_64 -cpu help`. */
const CPUS: readonly CpuRow[] = [
  { names: ['qemu64', 'qemu32'], vendor: 'amd', family: 0x0f },
  { names: ['opteron_g1', 'opteron_g2'], vendor: 'amd', family: 0x0f },
  { names: ['phenom', 'opteron_g3'], vendor: 'amd', family: 0x10 },
  { names: ['opteron_g4', 'opteron_g5'], vendor: 'amd', family: 0x15 },
  { names: ['athlon'], vendor: 'amd', family: 0x06 },
  { names: ['zen', 'zen1', 'zen2', 'epyc', 'epyc-rome', 'amd'], vendor: 'amd', family: 0x17 },
  { names: ['zen3', 'zen4', 'epyc-milan', 'epyc-genoa'], vendor: 'amd', family: 0x19 },
  { names: ['zen5', 'epyc-turin'], vendor: 'amd', family: 0x1a },
  { names: ['hygon', 'dhyana'], vendor: 'hygon', family: 0x18 },
  { names: ['kvm64', 'kvm32'], vendor: 'intel', family: 0x0f },
  {
    names: INTEL_FAMILY_6,
    vendor: 'intel',
    family: 0x06,
  },
  { names: ['arm', 'arm64', 'cortex', 'neoverse', 'power', 'riscv', 'other'], vendor: 'other', family: 0 },
];

/** For help and messages: one name of each kind. */
export const CPU_EXAMPLES =
  'qemu64, EPYC, zen, zen3, intel, Skylake-Server, hygon, arm, or VENDOR:FAMILY such as amd:19';

/**
 * @param name a CPU's name, or `vendor:family` with the family in hexadecimal.
 * @returns vendor and family, or a sentence.
 */
export function cpuByName(name: string): Result<CpuView, string> {
  const wanted = name.toLowerCase();
  const explicit = /^(intel|amd|hygon|other):(?:0x)?([0-9a-f]{1,3})h?$/.exec(wanted);
  if (explicit !== null) return ok({ vendor: vendorOf(explicit[1]), family: Number.parseInt(explicit[2] ?? '', 16) });
  const matches = CPUS.flatMap((row) => row.names.map((known) => ({ row, known })))
    .filter(({ known }) => wanted === known || wanted.startsWith(`${known}-`))
    .toSorted((a, b) => b.known.length - a.known.length);
  const [best] = matches;
  if (best === undefined) return err(`"${name}" is no CPU known here: ${CPU_EXAMPLES}.`);
  return ok({ vendor: best.row.vendor, family: best.row.family });
}

function vendorOf(word: string | undefined): CpuView['vendor'] {
  return word === 'intel' || word === 'amd' || word === 'hygon' ? word : 'other';
}
