import { describe, expect, test } from 'vitest';
import { processorTime_ms } from '../../tests/support/processorTime.ts';
import { sample } from '../../tests/support/samples.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';
import { importText, type ImportResult } from './importText.ts';
import { LINE_CLASS } from './lines.ts';

const registers = sample('small-server.xxxx.txt');
const text = sample('small-server.vvv.txt');

function imported(...texts: readonly string[]): ImportResult {
  const result = importText(texts.map((content, index) => ({ name: `text${index}.txt`, text: content })));
  if (!result.ok) throw new Error(result.error.map((problem) => `${problem.code} ${problem.message}`).join('\n'));
  return result.value;
}

function refused(...texts: readonly string[]): readonly string[] {
  const result = importText(texts.map((content, index) => ({ name: `text${index}.txt`, text: content })));
  return result.ok ? [] : result.error.map((problem) => `${problem.code} ${problem.path}`.trim());
}

function fn(result: ImportResult, id: string): FunctionSpec {
  const found = result.document.functions.find((candidate) => candidate.id === id);
  if (found === undefined)
    throw new Error(`no ${id} among ${result.document.functions.map((one) => one.id).join(' ')}`);
  return found;
}

const codesOf = (result: ImportResult): readonly string[] => result.assumptions.map((assumption) => assumption.code);

describe.each([
  ['registers', [registers], 'lspci -xxxx'],
  ['text', [text], 'lspci -vvv'],
  ['both in two texts', [registers, text], 'lspci -xxxx'],
  ['both in one text', [`${text}\n${registers}`], 'lspci -vvv -xxxx'],
])('the small server from %s', (_name, texts, format) => {
  const result = imported(...texts);

  test('is recognised', () => {
    expect(result.inputs[0]?.format).toBe(format);
    expect(result.warnings).toEqual([]);
  });

  test('has the tree of the bus numbers', () => {
    expect(result.document.functions.map((one) => [one.id, one.parent, one.kind])).toEqual([
      ['hb0', 'pcie0', 'hostBridge'],
      ['rp0', 'pcie0', 'rootPort'],
      ['sw0', 'rp0', 'upstreamPort'],
      ['sw0-p0', 'sw0', 'downstreamPort'],
      ['gpu0', 'sw0-p0', 'endpoint'],
      ['sw0-p1', 'sw0', 'downstreamPort'],
      ['nvme0', 'sw0-p1', 'endpoint'],
      ['sw0-p2', 'sw0', 'downstreamPort'],
      ['nic0', 'sw0-p2', 'endpoint'],
    ]);
    expect(fn(result, 'sw0').firmware?.buses).toEqual({ primary: 1, secondary: 2, subordinate: 5 });
    expect(result.counts).toMatchObject({ functions: 9, links: 4, switches: 1, endpoints: 3 });
  });

  test('keeps the addresses firmware gave', () => {
    expect(result.document.start).toBe('firmware');
    expect(fn(result, 'gpu0').firmware?.bars).toEqual({ 0: 0xc0000000, 2: 0x40_0000_0000 });
    expect(fn(result, 'sw0-p2').firmware).toEqual({
      command: 6,
      buses: { primary: 2, secondary: 5, subordinate: 5 },
      prefetchableWindow: { base: 0x44_0400_0000, limit: 0x44_05ff_ffff },
    });
    expect(result.document.hostBridges[0]?.windows).toEqual({
      memory32: { base: 0xc0000000, limit: 0xc10fffff },
      memory64: { base: 0x40_0000_0000, limit: 0x44_05ff_ffff },
    });
  });

  test('knows the BARs, without the phantom one that a decoder sees behind a 64-bit BAR', () => {
    expect(fn(result, 'nvme0').bars).toEqual([
      { index: 0, space: 'memory', widthBits: 64, prefetchable: false, sizeBytes: 16 * 1024 },
      { index: 4, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes: 64 * 2 ** 20 },
    ]);
    expect(fn(result, 'gpu0').bars.map((bar) => bar.sizeBytes)).toEqual([2 ** 24, 2 ** 34]);
  });

  test('takes speeds from the capability and widths from the status, and says so', () => {
    expect(fn(result, 'gpu0').link).toEqual({
      maxGen: 4,
      maxWidth: 16,
      observed: { gen: 1, width: 16, active: false },
    });
    expect(fn(result, 'nic0').link).toMatchObject({ maxGen: 4, maxWidth: 16, observed: { gen: 4, width: 8 } });
    const speed = result.assumptions.find((assumption) => assumption.code === 'LINK_SPEED_FROM_CAPABILITY');
    expect(speed?.nodes).toEqual(['gpu0']);
    expect(speed?.reason).toContain('2.5 GT/s');
  });

  test('reads ACS, payload sizes and slots', () => {
    expect(fn(result, 'sw0-p1')).toMatchObject({
      acs: { capability: 0x5f, control: 0x1d },
      mpsSupportedBytes: 256,
      mpsBytes: 256,
      mrrsBytes: 512,
      slot: { number: 3, hotPlug: true },
    });
    expect(fn(result, 'sw0').acs).toBeUndefined();
  });

  test('models drives, NICs and GPUs, and chooses the pair people ask about', () => {
    expect(fn(result, 'gpu0').model).toEqual({ type: 'gpu', apertureBar: 2 });
    expect(fn(result, 'nvme0').model).toMatchObject({ type: 'nvme', cmbBar: 4, readBytesPerSecond: 7e9 });
    expect(fn(result, 'nic0').model).toEqual({ type: 'nic', wireBitsPerSecond: 200e9 });
    expect(result.document.transfer).toMatchObject({ from: 'nvme0', to: 'gpu0', bytes: 64 * 2 ** 20 });
  });

  test('assumes what lspci does not show', () => {
    expect(result.document.host.cpu).toMatchObject({ vendor: 'amd', family: 0x17 });
    expect(result.document.host.iommu).toBe('translate');
    expect(codesOf(result)).toEqual(
      expect.arrayContaining(['CPU_ASSUMED', 'MEMORY_ASSUMED', 'IOMMU_ASSUMED', 'MODEL_GPU', 'WIRE_RATE_ASSUMED']),
    );
    for (const assumption of result.assumptions) {
      expect(assumption.message).not.toBe('');
      expect(assumption.reason).not.toBe('');
    }
  });

  test('is a document that can be saved and read back', () => {
    expect(parseDocument(serializeDocument(result.document))).toEqual({ ok: true, value: result.document });
  });
});

describe('what each source knows', () => {
  test('only registers leave sizes to be assumed, and only registers give an image', () => {
    expect(codesOf(imported(registers))).toContain('BAR_SIZE_ASSUMED');
    expect(codesOf(imported(text))).not.toContain('BAR_SIZE_ASSUMED');
    expect(codesOf(imported(registers, text))).not.toContain('BAR_SIZE_ASSUMED');
    expect(fn(imported(registers), 'nic0').configImage).toHaveLength(8192);
    expect(fn(imported(text), 'nic0').configImage).toBeUndefined();
  });
  test('text alone has names for numbers: what is not in the table is a placeholder', () => {
    const unknown = imported(text).assumptions.find((assumption) => assumption.code === 'IDENTITY_UNKNOWN');
    expect(unknown?.nodes).toEqual(['gpu0', 'nvme0', 'nic0']);
    expect(fn(imported(text), 'sw0').identity).toMatchObject({ vendorId: 0x11f8, deviceId: 0x4052 });
    expect(fn(imported(text), 'nic0').identity).toMatchObject({
      vendorId: 0x15b3,
      deviceId: 0xffff,
      classCode: 0x020000,
    });
  });
  test('a second text with -nn gives the numbers', () => {
    const numbers =
      '05:00.0 Ethernet controller [0200]: Mellanox Technologies MT2892 Family [ConnectX-6 Dx] [15b3:101d]\n';
    expect(fn(imported(text, numbers), 'nic0').identity).toMatchObject({ vendorId: 0x15b3, deviceId: 0x101d });
  });
  test('drivers, groups and nodes come from the text', () => {
    expect(fn(imported(registers, text), 'nic0').observed).toEqual({
      driver: 'mlx5_core',
      iommuGroup: '8',
      numaNode: 0,
      description: 'Mellanox Technologies MT2892 Family [ConnectX-6 Dx]',
    });
  });
});

describe('identifiers', () => {
  test('serial numbers and MAC addresses are gone from text, registers and document', () => {
    const result = imported(registers, text);
    // Eight functions with registers and as many with text, one serial number in product data, one MAC address.
    expect(result.counts.identifiers).toBe(18);
    const everything = JSON.stringify(result);
    for (const secret of ['02-00-5e', '02:00:5e', 'SELFMADE000001', '5e0000']) expect(everything).not.toContain(secret);
    const masked = result.inputs[1]?.lines.find((line) => line.includes('Device Serial Number'));
    expect(masked).toContain('Device Serial Number ▮▮-▮▮-▮▮');
  });
  test('a caller who keeps the result to himself may keep them', () => {
    const result = importText([{ name: 'a', text: registers }], { keepIdentifiers: true });
    expect(result.ok && fn(result.value, 'nic0').serialNumber).toBe('02005e0000005305');
    const fromText = importText([{ name: 'a', text }], { keepIdentifiers: true });
    expect(fromText.ok && fn(fromText.value, 'nic0').serialNumber).toBe('02005e0000005305');
  });
  test('addresses of functions and hexadecimal rows are not taken for identifiers', () => {
    expect(imported(text.replace(/Device Serial Number.*|.*\[(?:SN|V0)\].*/g, '')).counts.identifiers).toBe(0);
  });
});

describe('lines', () => {
  const result = imported(text);
  const input = result.inputs[0];
  const classOf = (start: string): number | undefined =>
    input?.classes[input.lines.findIndex((line) => line.trim().startsWith(start))];

  test('are classified one by one', () => {
    expect(input?.classes).toHaveLength(input?.lines.length ?? -1);
    expect(classOf('03:00.0')).toBe(LINE_CLASS.used);
    expect(classOf('LnkSta:	Speed 16GT/s, Width x16')).toBe(LINE_CLASS.used);
    expect(classOf('LnkSta:	Speed 2.5GT/s (downgraded)')).toBe(LINE_CLASS.assumption);
    expect(classOf('Capabilities: [40] Power Management')).toBe(LINE_CLASS.ignored);
    expect(classOf('Capabilities: [158 v1] Device Serial')).toBe(LINE_CLASS.removed);
    expect(classOf('[SN]')).toBe(LINE_CLASS.removed);
  });
  test('add up', () => {
    const { lines, used, ignored, assumption, removed, problem } = result.counts;
    expect(used + ignored + assumption + removed + problem).toBe(lines);
    expect(lines).toBe(input?.lines.length);
    expect(assumption).toBe(2);
    expect(problem).toBe(0);
  });
});

describe('ways of printing', () => {
  const tree = (result: ImportResult): unknown =>
    result.document.functions.map((one) => [one.id, one.parent, one.firmware]);
  const reference = tree(imported(text));
  const ways: Readonly<Record<string, (line: string) => string>> = {
    'Windows line ends': (line) => `${line}\r`,
    'terminal colours': (line) => line.replace(/^(\S+)/, '\u001b[1;32m$1\u001b[0m'),
    'the indentation of a code block': (line) => (line === '' ? '' : `    ${line}`),
    'the quotation marks of a mail': (line) => `> ${line}`,
    'no indentation at all': (line) => line.trimStart(),
    'spaces for tabs': (line) => line.replaceAll('\t', '        '),
    'domains (-D)': (line) => line.replace(/^(\d\d:\d\d\.\d)/, '0000:$1'),
  };
  test.each(Object.keys(ways))('%s', (name) => {
    const change = ways[name] ?? ((line: string) => line);
    expect(tree(imported(text.split('\n').map(change).join('\n')))).toEqual(reference);
  });
  test('ways from the root (-PP)', () => {
    const paths: Readonly<Record<string, string>> = {
      '01:00.0': '00:01.0/01:00.0',
      '02:02.0': '00:01.0/01:00.0/02:02.0',
      '05:00.0': '00:01.0/01:00.0/02:02.0/05:00.0',
    };
    expect(tree(imported(text.replace(/^\d\d:\d\d\.\d/gm, (place) => paths[place] ?? place)))).toEqual(reference);
  });
  test('ways from the root without bus numbers (-P)', () => {
    const paths: Readonly<Record<string, string>> = {
      '01:00.0': '00:01.0/00.0',
      '02:00.0': '00:01.0/00.0/00.0',
      '02:01.0': '00:01.0/00.0/01.0',
      '02:02.0': '00:01.0/00.0/02.0',
      '03:00.0': '00:01.0/00.0/00.0/00.0',
      '04:00.0': '00:01.0/00.0/01.0/00.0',
      '05:00.0': '00:01.0/00.0/02.0/00.0',
    };
    expect(tree(imported(text.replace(/^\d\d:\d\d\.\d/gm, (place) => paths[place] ?? place)))).toEqual(reference);
  });
  test('another segment', () => {
    const moved = imported(text.replace(/^(\d\d:\d\d\.\d)/gm, '10001:$1'));
    expect(moved.document.hostBridges[0]?.segment).toBe(0x10001);
  });
  test('only the first 64 bytes, as users without root see them', () => {
    const short = registers.replace(/^(?:[4-9a-f]0|[0-9a-f]{3}): .*\n/gm, '');
    const result = imported(short);
    expect(result.inputs[0]?.format).toBe('lspci -x');
    expect(result.document.functions.map((one) => [one.id, one.parent])).toEqual(
      imported(registers).document.functions.map((one) => [one.id, one.parent]),
    );
    expect(codesOf(result)).toEqual(expect.arrayContaining(['KIND_ASSUMED', 'LINK_ASSUMED']));
    expect(fn(result, 'sw0-p0').kind).toBe('downstreamPort');
  });
  test('lspci -v, where BARs have no numbers', () => {
    const brief = `00:01.0 PCI bridge: Intel Corporation Sky Lake-E PCI Express Root Port A (prog-if 00 [Normal decode])
	Flags: bus master, fast devsel, latency 0, IRQ 24, NUMA node 1, IOMMU group 3
	Bus: primary=00, secondary=01, subordinate=01, sec-latency=0
	Memory behind bridge: c0000000-c00fffff [size=1M] [32-bit]
	Capabilities: [40] Express Root Port (Slot+), MSI 00

01:00.0 Non-Volatile memory controller: Example (prog-if 02 [NVM Express])
	Flags: bus master, fast devsel, latency 0, IRQ 24
	Memory at c0000000 (64-bit, non-prefetchable) [size=16K]
	I/O ports at 2000 [size=32]
	Capabilities: [40] Express Endpoint, MSI 00
`;
    const result = imported(brief);
    expect(result.inputs[0]?.format).toBe('lspci -v');
    expect(fn(result, 'nvme0').bars.map((bar) => [bar.index, bar.space])).toEqual([
      [0, 'memory'],
      [2, 'io'],
    ]);
    expect(codesOf(result)).toContain('BAR_INDEX_ASSUMED');
    expect(fn(result, 'rp0')).toMatchObject({ kind: 'rootPort', observed: { iommuGroup: '3', numaNode: 1 } });
  });
});

describe('incomplete machines', () => {
  const without = (place: string): string =>
    text
      .split('\n\n')
      .filter((block) => !block.startsWith(place))
      .join('\n\n');

  test('a missing downstream port is put in where its bus must hang', () => {
    const result = imported(without('02:01.0'));
    expect(fn(result, 'nvme0').parent).toBe('sw0-p1');
    const port = fn(result, 'sw0-p1');
    expect(port).toMatchObject({ kind: 'downstreamPort', parent: 'sw0', device: 1 });
    expect(port.firmware).toMatchObject({
      buses: { primary: 2, secondary: 4, subordinate: 4 },
      memoryWindow: { base: 0xc1000000, limit: 0xc10fffff },
      prefetchableWindow: { base: 0x44_0000_0000, limit: 0x44_03ff_ffff },
    });
    const missing = result.assumptions.find((assumption) => assumption.code === 'BRIDGE_MISSING');
    expect(missing?.nodes).toEqual(['sw0-p1']);
  });
  test('a missing upstream port too', () => {
    const result = imported(without('01:00.0'));
    expect(fn(result, 'sw0')).toMatchObject({ kind: 'upstreamPort', parent: 'rp0' });
    expect(fn(result, 'nvme0').parent).toBe('sw0-p1');
    expect(result.document.functions).toHaveLength(9);
  });
  test('one device alone sits on a root bus of its own', () => {
    const alone = text.split('\n\n').find((block) => block.startsWith('03:00.0')) ?? '';
    const result = imported(alone);
    expect(result.document.hostBridges).toMatchObject([{ rootBus: 3, segment: 0 }]);
    expect(codesOf(result)).toContain('ROOT_BUS_ASSUMED');
    expect(result.warnings.map((warning) => warning.code)).toEqual(['NO_CAPABLE_PAIR']);
  });
});

test('a function whose function 0 is not shown gets one, so that it can be found', () => {
  const result = imported(text.replace('05:00.0', '05:00.2'));
  const other = fn(result, 'nic0');
  expect([other.device, other.fn]).toEqual([0, 2]);
  expect(fn(result, 'dev0')).toMatchObject({ parent: 'sw0-p2', device: 0, fn: 0, kind: 'endpoint' });
  expect(result.assumptions.find((assumption) => assumption.code === 'FUNCTION_MISSING')?.nodes).toEqual(['dev0']);
});

test('two segments that use the same bus addresses are warned of', () => {
  const both = `${text}\n${text.replace(/^(\d\d:\d\d\.\d)/gm, '0001:$1')}`;
  expect(imported(both).warnings.map((warning) => warning.code)).toEqual(['BUS_ADDRESSES_SHARED']);
});

test('clear ACS registers beside IOMMU groups are kept, although Linux would have set them', () => {
  const cleared = text.replace(
    /ACSCtl:.*/g,
    'ACSCtl:	SrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-',
  );
  const result = imported(cleared);
  expect(result.document.host).toMatchObject({ iommu: 'translate', kernelParameters: ['pci=config_acs=x@pci:0:0'] });
  expect(codesOf(result)).toContain('ACS_KEPT');
  expect(imported(text).document.host.kernelParameters).toBeUndefined();
});

describe('bad input', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'INPUT_EMPTY'],
    ['white space', ' \n\t\n', 'INPUT_EMPTY'],
    ['binary data', `\u0000\u0001\u0002${registers}`, 'INPUT_IS_BINARY text0.txt'],
    [
      'a picture read as text',
      '\ufffdPNG\r\n\u001a\n\ufffd\ufffd\u0003IHDR\ufffd\ufffd\u0007\ufffd\ufffd',
      'INPUT_IS_BINARY text0.txt',
    ],
    ['prose', 'My server has two GPUs.\n', 'INPUT_NOT_RECOGNISED line 1'],
    [
      'names only',
      '00:00.0 Host bridge: Intel Corporation Device 1234\n03:00.0 VGA compatible controller: X\n',
      'LSPCI_WITHOUT_DETAIL',
    ],
    ['lspci -tv', '-[0000:00]-+-00.0  Intel\n           \\-01.0-[01]----00.0  X\n', 'INPUT_IS_LSPCI_TREE'],
    ['lspci -mm', '00:00.0 "Host bridge" "Intel Corporation" "X" "" ""\n', 'INPUT_IS_LSPCI_MACHINE_READABLE'],
    ['lspci -vmm', 'Slot:\t00:00.0\nClass:\tHost bridge\n', 'INPUT_IS_LSPCI_MACHINE_READABLE'],
    [
      'lstopo',
      '<?xml version="1.0"?>\n<topology version="2.0"><object type="Machine"/></topology>',
      'INPUT_IS_LSTOPO_XML',
    ],
    ['NCCL', '<system version="1">\n <cpu numaid="0"/>\n</system>', 'INPUT_IS_NCCL_XML'],
    ['nvidia-smi topo', '\tGPU0\tGPU1\tCPU Affinity\nGPU0\t X \tPIX\t0-7\n', 'INPUT_IS_NVIDIA_SMI_TOPO'],
    ['lsusb', 'Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub\n', 'INPUT_IS_LSUSB'],
    ['dmesg', '[    0.000000] Linux version 6\n[    0.000001] Command line: x\n', 'INPUT_IS_DMESG'],
    ['/proc/iomem', '00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n', 'INPUT_IS_IOMEM'],
    ['a saved machine', serializeDocument(imported(text).document), 'INPUT_IS_DOCUMENT'],
    ['a web page', '<!DOCTYPE html>\n<html></html>', 'INPUT_IS_HTML'],
    ['a shell', 'bash: lspci: command not found\n', 'INPUT_IS_COMMAND_ERROR'],
  ])('%s', (_name, content, expected) => {
    expect(refused(content)).toEqual([expected]);
  });

  test('every refusal says what to do', () => {
    const result = importText([{ name: 'x', text: 'My server has two GPUs.\n' }]);
    expect(result.ok ? [] : result.error).toMatchObject([
      { message: 'This is not the output of lspci. It begins with "My server has two GPUs.".', severity: 'error' },
    ]);
    expect(!result.ok && result.error[0]?.fix).toContain('lspci -vvv');
  });

  test('a dump that ends in the middle of a row, of a function, of a line', () => {
    const line = registers.split('\n').findIndex((one) => one.startsWith('03:00.0')) + 1;
    const lines = registers.split('\n').slice(0, line + 20);
    expect(refused(lines.join('\n'))).toEqual([`DUMP_TRUNCATED line ${line + 20}`]);
    expect(refused(`${lines.join('\n')}\n140: 00 1`)).toContain(`DUMP_ROW_MALFORMED line ${line + 21}`);
    expect(refused(text.slice(0, text.indexOf('[size=16K]') + 6))).toEqual([
      expect.stringMatching(/^TEXT_TRUNCATED line \d+$/),
    ]);
  });

  test('rows that are damaged or out of order are named with their line', () => {
    expect(refused(registers.replace('\n10: ', '\n10: zz '))).toContain('DUMP_ROW_MALFORMED line 3');
    expect(refused(registers.replace('\n10: ', '\n20: '))).toContain('DUMP_ROW_OUT_OF_ORDER line 3');
    const result = importText([{ name: 'x', text: registers.replaceAll(/^[1-9a-f]0: /gm, 'ff: ') }]);
    expect(result.ok ? 0 : result.error.length).toBe(51);
  });

  test('an address that cannot exist', () => {
    expect(refused(text.replace('\n05:00.0', '\n05:2f.0'))).toEqual([
      expect.stringMatching(/^ADDRESS_IMPOSSIBLE line \d+$/),
    ]);
  });

  test('a text above the limit is refused at once', () => {
    const huge = 'x'.repeat(50 * 2 ** 20);
    expect(processorTime_ms(() => expect(refused(huge)).toEqual(['INPUT_TOO_LARGE']))).toBeLessThan(200);
  });

  test('more functions than a document can have are refused, not dropped', () => {
    const line = (index: number): string =>
      `${(index >> 8).toString(16).padStart(4, '0')}:${(index & 0xff).toString(16).padStart(2, '0')}:00.0 Host bridge: x\n\tControl: I/O-\n`;
    expect(refused(Array.from({ length: 5000 }, (_, index) => line(index)).join('\n'))).toEqual([
      'TOO_MANY_FUNCTIONS line 12289',
    ]);
  });

  test('too many texts are refused', () => {
    expect(refused(...Array.from({ length: 17 }, () => text))).toEqual(['INPUT_TOO_MANY']);
  });

  test('with several texts the diagnostic says which', () => {
    expect(refused(text, registers.replace('\n10: ', '\n10: zz '))).toContain('DUMP_ROW_MALFORMED text1.txt line 3');
  });

  test('markup in names stays text, control characters go', () => {
    const name = '<img src=x onerror=alert(1)>\u0007\u202e"&';
    const result = imported(text.replace('MT2892 Family [ConnectX-6 Dx]', name));
    expect(fn(result, 'nic0').observed?.description).toBe('Mellanox Technologies <img src=x onerror=alert(1)>"&');
    expect(fn(result, 'nic0').name).toBe('nic0');
  });

  test('a name without end is cut', () => {
    const result = imported(text.replace('MT2892 Family [ConnectX-6 Dx]', 'x'.repeat(3000)));
    expect(fn(result, 'nic0').observed?.description).toHaveLength(300);
  });

  test('a function described twice is used once', () => {
    const other = registers.replace(/^(04:00\.0 .*\n00: 4d 14) 0a/m, '$1 0b');
    const result = imported(registers, other);
    expect(result.warnings.map((warning) => warning.code)).toEqual(['FUNCTION_TWICE']);
    expect(fn(result, 'nvme0').identity.deviceId).toBe(0xa80a);
    expect(imported(registers, registers).warnings).toEqual([]);
  });

  test('bridges whose bus numbers run in a circle lose what is below them', () => {
    const circle = text.replace('primary=01, secondary=02, subordinate=05', 'primary=01, secondary=01, subordinate=05');
    const result = imported(circle);
    expect(result.warnings.map((warning) => warning.code)).toContain('BRIDGE_NUMBERS_INCONSISTENT');
    expect(parseDocument(result.document).ok).toBe(true);
  });

  test('two bridges that claim one bus', () => {
    const twice = text.replace('primary=02, secondary=04, subordinate=04', 'primary=02, secondary=03, subordinate=03');
    expect(imported(twice).warnings.map((warning) => warning.code)).toContain('BUS_CLAIMED_TWICE');
  });

  test('sizes and addresses no machine has are not believed', () => {
    const absurd = text
      .replace('prefetchable) [size=16G]', 'prefetchable) [size=900000000P]')
      .replace('Memory at c1000000', 'Memory at ffffffffffff0000')
      .replace('4000000000-0000004405ffffff', '4000000000-ffffffffffffffff');
    const result = imported(absurd);
    expect(fn(result, 'nvme0').firmware?.bars).toEqual({ 4: 0x44_0000_0000 });
    expect(codesOf(result)).toContain('BAR_SIZE_ASSUMED');
    expect(parseDocument(result.document).ok).toBe(true);
  });

  test('a device that has gone reads all ones and is left out', () => {
    const gone = registers.replace(
      /^(05:00\.0 .*\n)((?:[0-9a-f]+: .*\n)+)/m,
      (_all, header: string, rows: string) => header + rows.replace(/ [0-9a-f]{2}\b/g, ' ff'),
    );
    const result = imported(gone);
    expect(result.warnings.map((warning) => warning.code)).toEqual(['FUNCTION_DID_NOT_ANSWER']);
    expect(result.document.functions).toHaveLength(8);
  });
});
