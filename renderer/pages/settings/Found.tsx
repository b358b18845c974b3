import { Fragment, type ReactNode } from 'react';
import { fitsSearch } from '../../model/settings.ts';

/** A row and the words that it is found by. */
export interface FoundField {
  readonly id: string;
  readonly words: string;
  readonly row: ReactNode;
}

/** The rows that fit the search; all without one. */
export function Found({ fields, search }: { fields: readonly FoundField[]; search: string }) {
  return fields.filter(({ words }) => fitsSearch(search, words)).map(({ id, row }) => <Fragment key={id}>{row}</Fragment>);
}
