// A probe process that answers what no probe may answer.
process.once('message', () => process.send({ kind: 'abilities', report: { device: 'fine' } }));
