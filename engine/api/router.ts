import { initTRPC } from '@trpc/server';
import { type EngineApi, HistorySchema, PauseSchema } from './commands.ts';
import { ErrorInfoSchema } from './errors.ts';

const t = initTRPC.create({
  errorFormatter({ shape, error }) {
    const info = ErrorInfoSchema.safeParse((error.cause as { toInfo?: () => unknown } | undefined)?.toInfo?.());
    return { ...shape, data: { ...shape.data, info: info.success ? info.data : undefined, stack: undefined } };
  },
});

/** The engine's commands and events over tRPC. Inputs are parsed here, at the edge. */
export function createRouter(api: EngineApi) {
  return t.router({
    snapshot: t.procedure.query(() => api.snapshot()),
    watch: t.procedure.subscription(({ signal }) => api.watch(signal ?? new AbortController().signal)),
    pause: t.procedure.input(PauseSchema).mutation(({ input }) => api.pause(input)),
    resume: t.procedure.mutation(() => api.resume()),
    history: t.procedure.input(HistorySchema).query(({ input }) => api.history(input)),
    logs: t.procedure.query(() => api.logs()),
    redetect: t.procedure.mutation(() => api.redetect()),
    shutdown: t.procedure.mutation(() => api.shutdown()),
  });
}

export type AppRouter = ReturnType<typeof createRouter>;
