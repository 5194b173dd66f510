import type { FlowLimit } from '../../core/pcie/flowReport.ts';
import type { FlowLoad } from './flowLoads.ts';
import type { FlowRunner } from './flowRunner.ts';
import type { ReportInput } from './runReport.ts';

export function limitsOf(_input: ReportInput, _runner: FlowRunner, _load: FlowLoad): readonly FlowLimit[] {
  return [];
}
