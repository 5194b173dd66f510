import { useCallback, useEffect, useRef, useState } from 'react';
import { MAX_INPUT_CHARACTERS, MAX_INPUTS } from '../../import/limits.ts';
import type { ImportInput } from '../../import/importText.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { sizeText } from '../../base/format.ts';
import { createImportRunner, type ImportRunner } from './importRunner.ts';
import type { ImportOutcome, MarkedText } from './importMessages.ts';

export interface ImportState {
  /** What was given; kept whatever comes of it. */
  readonly inputs: readonly ImportInput[];
  /** Of exactly these inputs; undefined while the importer works, or where there is nothing to read. */
  readonly outcome: ImportOutcome | undefined;
  readonly texts: readonly MarkedText[];
  readonly working: boolean;
}

const NOTHING: ImportState = { inputs: [], outcome: undefined, texts: [], working: false };
const TYPING_MS = 250;
/** A file of more bytes than this cannot have fewer characters than are read. */
const MOST_FILE_BYTES = MAX_INPUT_CHARACTERS * 4;

function refusal(code: string, message: string): ImportOutcome {
  const fix = 'Give the output of lspci -vvv or lspci -xxxx of one machine.';
  const diagnostic: Diagnostic = { code, severity: 'error', path: '', message, fix };
  return { ok: false, error: [diagnostic] };
}

function tooLarge(what: string, bytes: number): ImportOutcome {
  const verb = what === 'These files' ? 'have' : 'has';
  const size = `${Math.round(bytes / 2 ** 20)} MiB`;
  return refusal('INPUT_TOO_LARGE', `${what} ${verb} ${size}; at most ${sizeText(MAX_INPUT_CHARACTERS)} are read.`);
}

/** The sentence about files that are not even opened, if there are such. */
function refuseFiles(files: readonly File[]): ImportOutcome | undefined {
  if (files.length > MAX_INPUTS) {
    return refusal('INPUT_TOO_MANY', `${files.length} files were given; at most ${MAX_INPUTS} are read.`);
  }
  const large = files.find((file) => file.size > MOST_FILE_BYTES);
  if (large === undefined) return undefined;
  return tooLarge(large.name, large.size);
}

/** True for a paste that would only make the text field crawl before it is refused. */
export function isTooLong(text: string): boolean {
  return text.length > MAX_INPUT_CHARACTERS;
}

/** The import as it stands: give it text or files, and it says what they are. */
export function useImport() {
  const [state, setState] = useState<ImportState>(NOTHING);
  const runner = useRef<ImportRunner>(undefined);
  const serial = useRef(0);
  useEffect(
    () => () => {
      serial.current += 1;
      runner.current?.dispose();
      runner.current = undefined;
    },
    [],
  );

  /** Says no without touching what was there before. */
  const refuse = useCallback((outcome: ImportOutcome) => {
    serial.current += 1;
    setState((before) => ({ ...before, outcome, texts: [], working: false }));
  }, []);

  const read = useCallback(async (inputs: readonly ImportInput[], patience_ms: number) => {
    serial.current += 1;
    const mine = serial.current;
    const empty = inputs.every((input) => input.text.trim() === '');
    setState({ inputs, outcome: undefined, texts: [], working: !empty });
    if (empty) return;
    await new Promise((resolve) => setTimeout(resolve, patience_ms));
    if (mine !== serial.current) return;
    runner.current ??= createImportRunner();
    const reading = await runner.current.run(inputs);
    if (mine === serial.current) setState({ inputs, ...reading, working: false });
  }, []);

  const giveText = useCallback(
    (text: string) => {
      if (isTooLong(text)) {
        refuse(tooLarge('The text', text.length));
        return;
      }
      void read([{ name: '', text }], TYPING_MS);
    },
    [read, refuse],
  );

  const giveFiles = useCallback(
    async (files: readonly File[]) => {
      const refused = refuseFiles(files);
      if (refused !== undefined) {
        refuse(refused);
        return;
      }
      const inputs = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })));
      const characters = inputs.reduce((sum, input) => sum + input.text.length, 0);
      const names = files.map((file) => file.name).join(', ');
      if (inputs.every((input) => input.text.trim() === ''))
        refuse(refusal('INPUT_EMPTY', `${names}: there is nothing in it.`));
      else if (characters > MAX_INPUT_CHARACTERS)
        refuse(tooLarge(inputs.length === 1 ? (inputs[0]?.name ?? '') : 'These files', characters));
      else await read(inputs, 0);
    },
    [read, refuse],
  );

  return { state, giveText, giveFiles };
}
