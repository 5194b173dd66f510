import type { AnyParameter } from '../../store/parameters.ts';
import { CPU_PARAMETERS, IOMMU_PARAMETERS, MEMORY_PARAMETERS, PAYLOAD_POLICY } from '../../store/hostParameters.ts';
import { KernelWords } from './KernelWords.tsx';
import { ParameterList } from './ParameterField.tsx';

function Fields({ title, rows }: { readonly title: string; readonly rows: readonly AnyParameter[] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ParameterList rows={rows} node="" />
    </section>
  );
}

/** Policy of the whole host. */
export function HostPanel() {
  return (
    <div className="side-scroll machine-panel">
      <Fields title="IOMMU" rows={IOMMU_PARAMETERS} />
      <KernelWords />
      <Fields title="Processor" rows={CPU_PARAMETERS} />
      <Fields title="Packet size" rows={[PAYLOAD_POLICY]} />
      <Fields title="Memory" rows={MEMORY_PARAMETERS} />
    </div>
  );
}
