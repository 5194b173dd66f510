/*
 * MACHINE on the command line → a document: a preset's name, a saved document, or a dump to import.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { importText } from '../import/importText.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';
import type { CommandFailure, CommandIo } from './command.ts';
import { EXIT, inputFailure } from './command.ts';

/** Reads MACHINE. A preset wins over a file of the same name. */
export function readMachine(word: string, io: CommandIo): Result<TopologyDocument, CommandFailure> {
  const preset = findPreset(word);
  if (preset !== undefined) return ok(preset.document);
  if (word !== '-' && !io.fileExists(word)) {
    const known = presets.map(({ id }) => id).join(', ');
    return err({
      exitCode: EXIT.badInput,
      code: 'MACHINE_UNKNOWN',
      message: `"${word}" is neither a file nor a preset. Presets: ${known}.`,
      diagnostics: [],
    });
  }
  const text = io.readText(word);
  if (!text.ok) return err(inputFailure('FILE_UNREADABLE', text.error));
  return documentOf(text.value, word === '-' ? 'standard input' : word);
}

/** A document if it looks like a JSON object, otherwise a dump; its serial numbers stay, nothing is handed on. */
function documentOf(text: string, source: string): Result<TopologyDocument, CommandFailure> {
  if (/^\uFEFF?\s*\{/.test(text)) {
    const parsed = parseDocument(text.replace(/^\uFEFF/, ''));
    return parsed.ok
      ? parsed
      : err(inputFailure('DOCUMENT_INVALID', `${source} is not a valid document.`, parsed.error));
  }
  const imported = importText([{ name: source, text }], { keepIdentifiers: true });
  if (imported.ok) return ok(imported.value.document);
  return err(inputFailure('IMPORT_FAILED', `${source} could not be imported.`, imported.error));
}
