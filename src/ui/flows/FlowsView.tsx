export function FlowsView() {
  return <section aria-label="Flows" />;
}
