/** Scheme of the links that open Siphon. */
export const LINK_SCHEME = 'siphon';

/** Longest link taken, characters; an invite is far below. */
const LONGEST_LINK = 8_192;

/** The `siphon://…` link among the arguments of a start, if any. Its contents are for the page and the engine to check. */
export function linkIn(args: readonly string[]): string | undefined {
  return args.find((text) => text.length <= LONGEST_LINK && /^siphon:\/\/[\x21-\x7e]+$/i.test(text));
}
