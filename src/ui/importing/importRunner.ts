/* Runs the importer in a worker, or on this thread where there are no workers. */
import type { ImportInput } from '../../import/importText.ts';
import type { ImportOutcome, ImportReply, ImportRequest } from './importMessages.ts';

export interface ImportRunner {
  run(inputs: readonly ImportInput[]): Promise<ImportOutcome>;
  dispose(): void;
}

function brokenWorker(message: string): ImportOutcome {
  const text = `The importer stopped: ${message}`;
  return {
    ok: false,
    error: [{ code: 'IMPORT_STOPPED', severity: 'error', path: '', message: text, fix: 'Try again, or paste less.' }],
  };
}

async function runHere(inputs: readonly ImportInput[]): Promise<ImportOutcome> {
  const { importText } = await import('../../import/importText.ts');
  return importText(inputs);
}

class WorkerRunner implements ImportRunner {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (outcome: ImportOutcome) => void>();
  #last = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ImportReply>) => {
      this.#waiting.get(data.id)?.(data.outcome);
      this.#waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const resolve of this.#waiting.values()) resolve(brokenWorker(event.message));
      this.#waiting.clear();
    };
  }

  run(inputs: readonly ImportInput[]): Promise<ImportOutcome> {
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
