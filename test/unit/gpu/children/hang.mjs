// A probe process whose driver never returns.
process.on('SIGTERM', () => {});
process.once('message', () => setInterval(() => {}, 1_000));
