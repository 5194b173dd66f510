/*
 * The header line of a block, after the address:
 *
 *   PCI bridge [0604]: Intel Corporation Device [8086:b002] (rev 04) (prog-if 00 [Normal decode])
 *   Class 0604: Device 8086:9d10 (rev f1)                           names unknown
 *   0604: 8086:9d10 (rev f1)                                        lspci -n
 */
import { classCodeOfName } from './classNames.ts';
import { identityOfName } from './identityTables.ts';
import { plainText } from './lines.ts';

const MAX_DESCRIPTION_CHARACTERS = 300;

export interface TitleFacts {
  className: string;
  /** Vendor and device in words, without numbers in brackets. */
  description: string;
  /** Base class and subclass, 16 bits. */
  classCode?: number;
  programmingInterface?: number;
  revision?: number;
  vendorId?: number;
  deviceId?: number;
  /** False if vendor or device come from a table of names and not from numbers in the text. */
  numbersInText: boolean;
}

function takeSuffix(text: string, pattern: RegExp): { readonly rest: string; readonly match: RegExpExecArray | null } {
  const match = pattern.exec(text);
  return match === null ? { rest: text, match } : { rest: text.slice(0, match.index).trimEnd(), match };
}

const PROGRAMMING_INTERFACE = /\s*\(prog-if ([0-9a-f]{2})(?: \[[^\]]*\])?\)\s*$/i;
const REVISION = /\s*\(rev ([0-9a-f]{2})\)\s*$/i;
const NUMBERS = /\s*\[([0-9a-f]{4}):([0-9a-f]{4})\]\s*$/i;
const BARE_NUMBERS = /^([0-9a-f]{4}):([0-9a-f]{4})$/i;
const CLASS_NUMBER = /^(.*?)\s*\[([0-9a-f]{4})\]$/i;
const BARE_CLASS = /^(?:Class )?([0-9a-f]{4})$/i;

/** Reads a header line without its address. Nothing in it can fail: what is not understood stays description. */
export function parseTitle(title: string): TitleFacts {
  const progIf = takeSuffix(title, PROGRAMMING_INTERFACE);
  const revision = takeSuffix(progIf.rest, REVISION);
  const colon = revision.rest.indexOf(': ');
  const classText = plainText(colon < 0 ? '' : revision.rest.slice(0, colon), 80);
  const deviceText = colon < 0 ? revision.rest : revision.rest.slice(colon + 2);
  const numbers = takeSuffix(deviceText, NUMBERS);
  const bare = BARE_NUMBERS.exec(deviceText.trim());
  const description = plainText(bare === null ? numbers.rest : '', MAX_DESCRIPTION_CHARACTERS);
  const stated = bare ?? numbers.match;
  const named = stated === null ? identityOfName(description) : {};
  const vendorId = stated === null ? named.vendorId : parseInt(stated[1] ?? '', 16);
  const deviceId = stated === null ? named.deviceId : parseInt(stated[2] ?? '', 16);
  return {
    ...classOf(classText),
    description,
    ...(progIf.match === null ? {} : { programmingInterface: parseInt(progIf.match[1] ?? '', 16) }),
    ...(revision.match === null ? {} : { revision: parseInt(revision.match[1] ?? '', 16) }),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    numbersInText: stated !== null,
  };
}

function classOf(text: string): { className: string; classCode?: number } {
  const bare = BARE_CLASS.exec(text);
  if (bare !== null) return { className: '', classCode: parseInt(bare[1] ?? '', 16) };
  const numbered = CLASS_NUMBER.exec(text);
  if (numbered !== null) return { className: numbered[1] ?? '', classCode: parseInt(numbered[2] ?? '', 16) };
  const code = classCodeOfName(text);
  return { className: text, ...(code === undefined ? {} : { classCode: code }) };
}
