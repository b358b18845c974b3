// The contract room compiles without Node and DOM types; this is the one web standard it needs from them.
interface AbortSignal {
  readonly aborted: boolean;
}
declare const AbortSignal: { any(signals: AbortSignal[]): AbortSignal };
declare const AbortController: new () => { readonly signal: AbortSignal; abort(reason?: unknown): void };
