/**
 * Where a component's arrays live. The engine passes an allocator of
 * `SharedArrayBuffer`s so that the page can read them; tests and hosts without
 * cross-origin isolation pass one of plain `ArrayBuffer`s.
 * @param byteLength a positive multiple of 8; the memory reads zero.
 */
export type StorageAllocator = (byteLength: number) => ArrayBufferLike;

/** Storage only this thread sees. */
export const privateStorage: StorageAllocator = (byteLength) => new ArrayBuffer(byteLength);
