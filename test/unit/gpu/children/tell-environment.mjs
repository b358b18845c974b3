// A probe process that says which variables it was given, and ends without an answer.
process.once('message', () => {
  process.stderr.write(Object.keys(process.env).join(' '), () => process.exit(3));
});
