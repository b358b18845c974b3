import { z } from 'zod';

/** Steps of the first run, in order. */
export const SETUP_STEPS = ['machine', 'earnings', 'choice'] as const;
/** A step of the first run. */
export type SetupStep = (typeof SETUP_STEPS)[number];

/** Whether somebody has chosen yet how this machine takes part. Kept by the engine, so that any window resumes at the same step. */
export interface Setup {
  /** `new` until a way was chosen, by whatever means (page, command, file), or the first run was put away. */
  readonly state: 'new' | 'done';
  readonly step: SetupStep;
}

/** Input of the command `setSetup`: the step the person is at, or that the first run is over without a choice. */
export const SetSetupSchema = z.union([z.strictObject({ step: z.enum(SETUP_STEPS) }), z.strictObject({ done: z.literal(true) })]);
/** Input of the command `setSetup`. */
export type SetSetup = z.infer<typeof SetSetupSchema>;

/** Input of the command `chooseWork`: ways that need nothing more than the choice. */
export const ChooseWorkSchema = z.strictObject({ deploymentType: z.enum(['practice', 'solo']) });
/** Input of the command `chooseWork`. */
export type ChooseWork = z.infer<typeof ChooseWorkSchema>;

/** Input of the command `joinOrchestrator`: the orchestrator's address, and the secret that its operator gave out. */
export const JoinOrchestratorSchema = z.strictObject({
  serviceUri: z.string().trim().min(1).max(300),
  secret: z.string().min(1).max(4096),
});
/** Input of the command `joinOrchestrator`. */
export type JoinOrchestrator = z.infer<typeof JoinOrchestratorSchema>;
