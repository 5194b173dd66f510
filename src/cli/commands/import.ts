import { err, ok } from '../../base/result.ts';
import { importText } from '../../import/importText.ts';
import type { ImportInput } from '../../import/importText.ts';
import { serializeDocument } from '../../topology/serializeDocument.ts';
import type { Command } from '../command.ts';
import { EXIT, inputFailure, writeJson } from '../command.ts';

export const importDumps: Command = {
  name: 'import',
  summary: 'turn the output of lspci into a document, and list what had to be assumed',
  positionals: [
    {
      name: 'DUMP',
      summary: 'output of lspci -xxxx, -vvv or both; several dumps of one machine are joined',
      many: true,
    },
  ],
  options: [{ name: '--mask', summary: 'remove serial numbers and MAC addresses, for a document that will be shared' }],
  details: [
    'The document goes to standard output, the assumptions to standard error (they are also inside the document). With --json both go to standard output as one object.',
  ],
  examples: ['peerlane import dump.txt > machine.json', 'lspci -xxxx | peerlane import -'],
  run: (args, io) => {
    const inputs: ImportInput[] = [];
    for (const path of args.positionals) {
      const text = io.readText(path);
      if (!text.ok) return err(inputFailure('FILE_UNREADABLE', text.error));
      inputs.push({ name: path === '-' ? 'standard input' : path, text: text.value });
    }
    const imported = importText(inputs, { keepIdentifiers: !args.options.has('--mask') });
    if (!imported.ok) return err(inputFailure('IMPORT_FAILED', 'This could not be imported.', imported.error));
    const { document, assumptions, counts, warnings } = imported.value;
    if (args.options.has('--json')) {
      const formats = imported.value.inputs.map(({ name, format }) => ({ name, format }));
      writeJson(io, { document, assumptions, inputs: formats, counts, warnings });
      return ok(EXIT.ok);
    }
    io.write(serializeDocument(document));
    for (const assumption of assumptions) {
      const nodes = assumption.nodes.length === 0 ? '' : ` [${assumption.nodes.join(', ')}]`;
      io.note(`assumed ${assumption.code}: ${assumption.message} ${assumption.reason}${nodes}\n`);
    }
    for (const { code, path, message } of warnings) {
      io.note(`warning ${code}${path === '' ? '' : ` (${path})`}: ${message}\n`);
    }
    return ok(EXIT.ok);
  },
};
