/* The importer in a thread of its own: a dump of a large server must not hold the page. */
import { importText } from '../../import/importText.ts';
import type { ImportReply, ImportRequest } from './importMessages.ts';

self.onmessage = ({ data }: MessageEvent<ImportRequest>) => {
  const reply: ImportReply = { id: data.id, outcome: importText(data.inputs) };
  self.postMessage(reply);
};
