/* The importer in a thread of its own: a dump of a large server must not hold the page. */
import type { ImportReply, ImportRequest } from './importMessages.ts';
import { readInputs } from './readInputs.ts';

self.onmessage = ({ data }: MessageEvent<ImportRequest>) => {
  const reply: ImportReply = { id: data.id, reading: readInputs(data.inputs) };
  self.postMessage(reply);
};
