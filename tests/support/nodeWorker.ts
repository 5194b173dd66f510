/* Runs an engine's worker entry in a thread of Node, bundled as a browser would get it. */
import { build } from 'esbuild';
import { Worker } from 'node:worker_threads';
import type { StartWorker } from '../../src/engine/workerPort.ts';

/** What a worker's global scope has in a browser and lacks in Node. */
const PRELUDE = `
import { parentPort } from 'node:worker_threads';
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => globalThis.onmessage?.({ data }));
`;

/** @param entry path of the worker's source. */
export async function nodeWorker(entry: string): Promise<StartWorker> {
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    banner: { js: PRELUDE },
  });
  const source = bundle.outputFiles[0]?.text ?? '';
  return (listener) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    worker.on('message', (event) => listener.onMessage(event));
    worker.on('error', (error) => listener.onError(error.message, error.stack));
    return { post: (command) => worker.postMessage(command), terminate: () => void worker.terminate() };
  };
}
