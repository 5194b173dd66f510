/*
 * What Linux sets in every function it finds, before drivers: cache line size, extended tags, error
 * reporting; and, before anything below a root port is looked at, retry visibility.
 * Source: enumeration reference 8.1 (0Ch), 8.2 (device control 291f), C-4.
 */
import { CACHE_LINE_SIZE } from '../config/header.ts';
import { DEVICE_CAPABILITIES, DEVICE_CONTROL, ROOT_CAPABILITIES, ROOT_CONTROL } from '../config/expressCapability.ts';
import { extractField, insertFields } from '../config/register.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, configWrite } from './configRequests.ts';
import type { FoundFunction } from './hostTree.ts';

/** 64 bytes, in dwords. */
const CACHE_LINE_DWORDS = 0x10;

/** Common settings of one function. The default host bridge has no driver and is left alone. */
export function* initialiseExpress(entry: FoundFunction): HostProcess<void> {
  if (entry.kind === 'hostBridge') return;
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  yield* configWrite(place, CACHE_LINE_SIZE.offsetBytes, 1, CACHE_LINE_DWORDS);
  const express = entry.express;
  if (express === undefined) return;
  const capabilities = yield* configRead(place, express + DEVICE_CAPABILITIES.offsetBytes, 4);
  const offset = express + DEVICE_CONTROL.offsetBytes;
  const control = yield* configRead(place, offset, 2);
  const wanted = insertFields(DEVICE_CONTROL, control, {
    correctableErrorReporting: 1,
    nonFatalErrorReporting: 1,
    fatalErrorReporting: 1,
    unsupportedRequestReporting: 1,
    extendedTagEnable: extractField(DEVICE_CAPABILITIES, 'extendedTagSupported', capabilities),
  });
  yield* configWrite(place, offset, 2, wanted);
}

/** From now on a function below a root port that is not ready reads as vendor ID 0001 (C-4). */
export function* enableRetryVisibility(entry: FoundFunction): HostProcess<void> {
  const express = entry.express;
  if (entry.kind !== 'rootPort' || express === undefined) return;
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  const able = yield* configRead(place, express + ROOT_CAPABILITIES.offsetBytes, 2);
  if (extractField(ROOT_CAPABILITIES, 'retryVisibility', able) === 0) return;
  const offset = express + ROOT_CONTROL.offsetBytes;
  const control = yield* configRead(place, offset, 2);
  yield* configWrite(place, offset, 2, insertFields(ROOT_CONTROL, control, { retryVisibility: 1 }));
}
