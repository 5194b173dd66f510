export function FaultsView() {
  return <section aria-label="Faults" />;
}
