import type { NvencBudget } from '../../engine/api/hardware.ts';

/** Cells drawn at most; a larger budget is drawn in proportion. */
const CELLS_MAX = 32;

/** What each cell of the budget's meter stands for, from left to right. */
export function nvencCells(budget: NvencBudget): ReadonlyArray<'ours' | 'others' | 'free'> {
  const size = Math.max(1, budget.total ?? Math.max(budget.testedUpTo, budget.used));
  const count = Math.min(CELLS_MAX, size);
  const cell = (sessions: number) => Math.round((Math.min(sessions, size) / size) * count);
  const ours = cell(budget.ours);
  const used = Math.max(ours, cell(budget.used));
  return Array.from({ length: count }, (_, index) => (index < ours ? 'ours' : index < used ? 'others' : 'free'));
}
