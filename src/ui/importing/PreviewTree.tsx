import {
  CircuitBoard,
  Cog,
  Cpu,
  EthernetPort,
  GitFork,
  Gpu,
  HardDrive,
  MemoryStick,
  Network,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import { useMemo } from 'react';
import type { DeviceModel } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { previewRows, type PreviewRow } from './previewRows.ts';

const LANE_PX = 4;

const DEVICE_ICONS: Readonly<Record<DeviceModel['type'], LucideIcon>> = {
  iopmem: MemoryStick,
  nic: EthernetPort,
  dma: Cog,
  nvme: HardDrive,
  gpu: Gpu,
  generic: CircuitBoard,
};

function iconOf(row: PreviewRow): LucideIcon {
  if (row.kind === 'root' || row.kind === 'hostBridge') return Cpu;
  if (row.kind === 'rootPort' || row.kind === 'downstreamPort') return GitFork;
  if (row.kind === 'upstreamPort') return Network;
  if (row.model !== undefined) return DEVICE_ICONS[row.model];
  return row.link === undefined ? Waypoints : CircuitBoard;
}

/** One tick a lane; lanes that one end has and the link does not use are dots. */
function Lanes({ link }: { readonly link: NonNullable<PreviewRow['link']> }) {
  const lanes = Array.from({ length: link.maxWidth }, (_, lane) => lane);
  return (
    <span className="preview-link">
      {`Gen${link.gen} x${link.width}`}
      <svg width={16 * LANE_PX} height="10" aria-hidden="true">
        {lanes.map((lane) =>
          lane < link.width ? (
            <rect key={lane} x={lane * LANE_PX} y="0" width="2" height="10" className="lane-on" />
          ) : (
            <rect key={lane} x={lane * LANE_PX} y="4" width="2" height="2" className="lane-off" />
          ),
        )}
      </svg>
    </span>
  );
}

/** The machine as it would be opened. */
export function PreviewTree({ document }: { readonly document: TopologyDocument }) {
  const rows = useMemo(() => previewRows(document), [document]);
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="preview-tree" tabIndex={0} aria-label="Devices">
      <ul>
        {rows.map((row) => {
          const Icon = iconOf(row);
          return (
            <li key={row.id} style={{ paddingInlineStart: Math.min(row.depth, 12) * 18 }}>
              <Icon size={15} strokeWidth={1.75} aria-hidden="true" />
              <span className="preview-name" title={row.name}>
                {row.name}
              </span>
              {row.assumed === undefined ? undefined : (
                <span className="assumed-chip" title={row.assumed}>
                  assumed
                </span>
              )}
              <code>{row.bdf ?? ''}</code>
              {row.link === undefined ? <span className="preview-link" /> : <Lanes link={row.link} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
