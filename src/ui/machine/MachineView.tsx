export function MachineView() {
  return <section aria-label="Machine" />;
}
