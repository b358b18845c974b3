import { Component, type ReactNode } from 'react';
import { Button } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { useText } from '../text/text.tsx';

/** Shows a way out when rendering throws, instead of an empty window. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: Error }) {
  const text = useText();
  return (
    <EmptyState title={text.broken.title} text={`${text.broken.text} (${error.message})`}>
      <Button onPress={() => location.reload()}>{text.broken.reload}</Button>
    </EmptyState>
  );
}
