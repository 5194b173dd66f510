/* What tabs of one browser say to each other about the machines they have open. */

export type TabMessage =
  /** I have opened this machine; does anybody save it? */
  | { readonly kind: 'open'; readonly id: string; readonly tab: string }
  /** I do. */
  | { readonly kind: 'held'; readonly id: string; readonly to: string }
  /** From now on I save it. */
  | { readonly kind: 'take'; readonly id: string; readonly tab: string }
  /** All I had is saved; I no longer save it. */
  | { readonly kind: 'given'; readonly id: string; readonly to: string }
  /** The list of machines is another. */
  | { readonly kind: 'changed' };

export interface TabLine {
  post(message: TabMessage): void;
  listen(onMessage: (message: TabMessage) => void): void;
}

const KINDS: ReadonlySet<unknown> = new Set(['open', 'held', 'take', 'given', 'changed']);

function isMessage(value: unknown): value is TabMessage {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind);
}

/** For pages that keep nothing: nobody to talk to. */
export const silentLine: TabLine = { post: () => undefined, listen: () => undefined };

/** A line between the tabs of this browser; silent where it has none. */
export function openTabLine(): TabLine {
  if (typeof BroadcastChannel === 'undefined') return silentLine;
  const channel = new BroadcastChannel('peerlane.machines');
  return {
    post: (message) => channel.postMessage(message),
    listen: (onMessage) =>
      channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isMessage(data)) onMessage(data);
      }),
  };
}
