// Electron 22 (the tests') has no explicit resource management; the bundler lowers `using`, the symbols come from here.
// Must be the first import of every entry.
for (const name of ['dispose', 'asyncDispose'] as const) {
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
}
