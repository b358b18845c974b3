/** Which slot each item of a list has, by the item's id. */
export type Slots = ReadonlyMap<string, number>;

/**
 * Slots for a changed list: an item that was there keeps its slot, a new one takes that of an item that has left, in the order of
 * both. As keys of rows they let a list that is replaced many times a second reuse its rows instead of building them anew.
 */
export function assignSlots(before: Slots, ids: readonly string[]): Slots {
  const staying = new Set(ids);
  const free: number[] = [];
  for (const [id, slot] of before) if (!staying.has(id)) free.push(slot);
  // Once those are used up: the smallest numbers that nobody has.
  let next = 0;
  const taken = new Set(ids.flatMap((id) => before.get(id) ?? []));
  const slots = new Map<string, number>();
  for (const id of ids) {
    if (slots.has(id)) continue;
    let slot = before.get(id) ?? free.shift();
    while (slot === undefined) {
      if (!taken.has(next)) slot = next;
      next += 1;
    }
    taken.add(slot);
    slots.set(id, slot);
  }
  return slots;
}
