import { useEffect } from 'react';
import { openInvite } from '../store/link-store.ts';
import { openPairing } from '../store/pairing-store.ts';
import { goTo, pageOf } from './route.ts';

/** Longest link that is looked at, characters. */
const MAX_LINK = 20_000;

/** Does what the desktop shell asks the page for: show a page, or open a `siphon://…` link. Nothing in a browser. */
export function useDesktopRequests(): void {
  useEffect(
    () =>
      window.siphon?.onRequest((request) => {
        if (request.kind === 'show-page') {
          const page = pageOf(`#/${request.page}`);
          if (page) goTo(page);
        } else if (/^siphon:\/{0,2}pair\b/i.test(request.url)) {
          openPairing(request.url.slice(0, MAX_LINK));
          goTo('fleet');
        } else {
          // Whatever else it is, the join page says what is wrong with it.
          openInvite(request.url.slice(0, MAX_LINK));
          goTo('join');
        }
      }),
    [],
  );
}
