import { invariant } from '../../../base/invariant.ts';
import type { HostBridgeSpec } from '../../pcie/machineSpec.ts';
import { rootWindows } from '../../pcie/rootWindows.ts';
import type { Hardware } from '../hardware.ts';
import type { Interconnect } from '../memory/sockets.ts';
import type { DeviceHandler, FunctionPort } from '../ports.ts';
import { type AccessRequest, accessRun } from './accessRun.ts';
import type { AccessHost, CoreRun } from './coreRun.ts';
import { DeviceLines } from './deviceLines.ts';

type Site = Pick<Hardware, 'cpuPort' | 'hostMemory' | 'spec'>;

interface Bridge {
  readonly spec: HostBridgeSpec;
  readonly port: FunctionPort;
  readonly windows: readonly { readonly base: number; readonly limit: number }[];
}

/** Cores' ways to the devices below each host bridge, and what the cores have cached of them. */
export class DeviceAccess {
  private readonly _bridges: readonly Bridge[];
  private readonly _interconnect: Interconnect;
  private readonly _lines = new DeviceLines();

  /** @param first the way to the first host bridge, which is there already. */
  constructor(site: Site, handler: DeviceHandler, first: FunctionPort) {
    const { hostBridges } = site.spec;
    const windows = rootWindows(hostBridges);
    this._bridges = hostBridges.map((spec, index) => ({
      spec,
      port: index === 0 ? first : site.cpuPort(handler, spec.id),
      windows: (windows[index] ?? []).filter((window) => window.space === 'memory'),
    }));
    this._interconnect = site.hostMemory.interconnect;
  }

  /** Loads or stores of a core of one socket through the host bridge that owns the address, wherever that is. */
  run(request: AccessRequest, core: Pick<AccessHost, 'wakeIn' | 'context' | 'countRequest'>): CoreRun {
    const from = this.#bridgeOf((bridge) => request.hostBridge === undefined || bridge.spec.id === request.hostBridge);
    const to = this.#bridgeOf(({ windows }) =>
      windows.some(({ base, limit }) => request.address >= base && request.address <= limit),
    );
    invariant(from !== undefined, () => `no host bridge ${request.hostBridge}`);
    const { port, spec } = to ?? from;
    const fromNode = from.spec.numaNode;
    const toNode = spec.numaNode;
    const crossing_ps = (source: number, target: number, lengthBytes: number): number => {
      if (source === target) return 0;
      const now_ps = port.now();
      const start_ps = this._interconnect.cross(source, target, lengthBytes, now_ps);
      return start_ps - now_ps + this._interconnect.remoteLatency_ps / 2;
    };
    const host: AccessHost = {
      ...core,
      port,
      outward_ps: (lengthBytes) => crossing_ps(fromNode, toNode, lengthBytes),
      inward_ps: (lengthBytes) => crossing_ps(toNode, fromNode, lengthBytes),
    };
    return accessRun(request, host, this._lines);
  }

  #bridgeOf(isIt: (bridge: Bridge) => boolean): Bridge | undefined {
    return this._bridges.find(isIt);
  }
}
