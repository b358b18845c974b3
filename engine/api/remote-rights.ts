import type { RemoteRights } from './fleet.ts';

/** What a paired machine may call that only looks. Anything new needs full rights until it is named here. */
export const READ_ONLY_PROCEDURES: readonly string[] = ['snapshot', 'watch', 'summary', 'history', 'logs', 'settings'];

/** What is never taken from another machine: who may reach this one, and which machines this one can reach. */
const LOCAL_ONLY_PROCEDURES: readonly string[] = ['remote.', 'fleet.', 'reportPresence'];

/** Whether a caller may run a procedure; without `rights` it is this machine itself. */
export function mayCall(rights: RemoteRights | undefined, procedure: string): boolean {
  if (rights === undefined) return true;
  if (LOCAL_ONLY_PROCEDURES.some((prefix) => procedure.startsWith(prefix))) return false;
  return rights === 'full' || READ_ONLY_PROCEDURES.includes(procedure);
}

/** Why a call was not allowed, in the form in which the engine's errors cross borders. */
export class NotAllowed extends Error {
  readonly #rights: RemoteRights | undefined;

  constructor(rights: RemoteRights | undefined) {
    super(
      rights === 'read-only'
        ? 'This machine was paired to look only'
        : 'This can only be done on the machine itself, not from another one',
    );
    this.#rights = rights;
  }

  /** What people and programs see. */
  toInfo(): { readonly code: 'forbidden'; readonly message: string; readonly nextStep: string } {
    return {
      code: 'forbidden',
      message: this.message,
      nextStep:
        this.#rights === 'read-only'
          ? 'To steer it from here, pair again with full rights: siphon remote pair'
          : 'Open its own page, or use the siphon command there.',
    };
  }
}
