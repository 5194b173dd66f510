export function ValidationView() {
  return <section aria-label="Validation" />;
}
