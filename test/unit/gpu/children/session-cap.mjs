// A probe process on a card whose driver allows TEST_NVENC_CAP sessions beyond those that are open.
process.once('message', ({ bound }) => {
  const cap = Number(process.env.TEST_NVENC_CAP);
  const refusal = { ok: false, cause: process.env.TEST_NVENC_CAUSE ?? 'sessions-full', reason: 'The driver refused.' };
  const report = cap >= bound ? { opened: bound } : { opened: cap, refusal };
  process.send({ kind: 'sessions', report });
});
