/* Runs the importer in a worker, or on this thread where there are no workers. */
import type { ImportInput } from '../../import/importText.ts';
import type { ImportReading, ImportReply, ImportRequest } from './importMessages.ts';

export interface ImportRunner {
  run(inputs: readonly ImportInput[]): Promise<ImportReading>;
  dispose(): void;
}

function brokenWorker(message: string): ImportReading {
  const text = `The importer stopped: ${message}`;
  const fix = 'Try again, or paste less.';
  const outcome = {
    ok: false,
    error: [{ code: 'IMPORT_STOPPED', severity: 'error', path: '', message: text, fix }],
  } as const;
  return { outcome, texts: [] };
}

async function runHere(inputs: readonly ImportInput[]): Promise<ImportReading> {
  const { readInputs } = await import('./readInputs.ts');
  return readInputs(inputs);
}

class WorkerRunner implements ImportRunner {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reading: ImportReading) => void>();
  #last = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ImportReply>) => {
      this.#waiting.get(data.id)?.(data.reading);
      this.#waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const resolve of this.#waiting.values()) resolve(brokenWorker(event.message));
      this.#waiting.clear();
    };
  }

  run(inputs: readonly ImportInput[]): Promise<ImportReading> {
    this.#last += 1;
    const request: ImportRequest = { id: this.#last, inputs };
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      this.#worker.postMessage(request);
    });
  }

  dispose(): void {
    this.#worker.terminate();
  }
}

export function createImportRunner(): ImportRunner {
  if (globalThis.Worker === undefined) return { run: runHere, dispose: () => undefined };
  return new WorkerRunner(
    new Worker(new URL('./importWorker.ts', import.meta.url), { type: 'module', name: 'Peerlane import' }),
  );
}
