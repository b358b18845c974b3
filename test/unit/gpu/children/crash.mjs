// A probe process whose driver crashes it.
process.once('message', () => {
  process.stderr.write('NVRM: something went very wrong\n', () => process.abort());
});
