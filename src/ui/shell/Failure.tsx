import { Component, type ReactNode } from 'react';

interface FailureState {
  readonly error: Error | undefined;
}

/** The one place that catches our own bugs in the page: says what broke and offers to begin again. */
export class Failure extends Component<{ readonly children: ReactNode }, FailureState> {
  override state: FailureState = { error: undefined };

  static getDerivedStateFromError(error: unknown): FailureState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <main className="failure">
        <h1>Peerlane broke.</h1>
        <p>
          This is a fault in the page, not in your machine. Your machine was saved before; loading the page again brings
          it back.
        </p>
        <pre>{error.message}</pre>
        <button type="button" className="button primary" onClick={() => window.location.reload()}>
          Load again
        </button>
      </main>
    );
  }
}
