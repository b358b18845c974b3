import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { allowedAt, keyNameAt, keysAt } from './fields.ts';
import type { JsonDocument, Position } from './json-document.ts';

/** One mistake in the configuration. */
export interface ConfigIssue {
  /** Dotted path of the setting; empty for the file as a whole. */
  readonly path: string;
  /** Where in the file; undefined when it does not come from the file. */
  readonly position?: Position;
  /** Where it comes from when not from the file: a variable or an option. */
  readonly source?: string;
  /** What is wrong, without path and place. */
  readonly problem: string;
  /** What would be right. */
  readonly allowed?: string;
}

/** Turns zod's issues on a configuration into ours: one per mistake, with place and what is allowed, in the file's order. */
export function configIssues(error: z.ZodError, input: unknown, document?: JsonDocument): ConfigIssue[] {
  const issues = error.issues.flatMap((issue) => fromZod(issue, input, document));
  const place = (issue: ConfigIssue): number => (issue.position?.line ?? 0) * 100_000 + (issue.position?.column ?? 0);
  return issues.sort((a, b) => place(a) - place(b));
}

function fromZod(issue: z.core.$ZodIssue, input: unknown, document?: JsonDocument): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const known = keysAt(issue.path);
      const meant = didYouMean(key, known);
      return {
        path: path.map(String).join('.'),
        ...place(path, document),
        problem: meant === undefined ? 'is not a setting' : `is not a setting; did you mean "${meant}"?`,
        allowed: known.map((name) => `"${name}"`).join(', '),
      };
    });
  }
  const value = valueAt(input, issue.path);
  const allowed = allowedAt(issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path);
  const meant =
    typeof value === 'string' && issue.code === 'invalid_value' ? didYouMean(value, issue.values.map(String)) : undefined;
  const suggestion = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return [
    {
      path: issue.path.map(String).join('.'),
      ...place(issue.path, document),
      problem: `${issue.code === 'invalid_key' ? `is not ${keyNameAt(issue.path.slice(0, -1)) ?? 'a key'}` : problemOf(value)}${suggestion}`,
      ...(allowed === undefined ? {} : { allowed }),
    },
  ];
}

function place(path: readonly PropertyKey[], document: JsonDocument | undefined): { position?: Position } {
  return document ? { position: document.positionOf(path) } : {};
}

function problemOf(value: unknown): string {
  if (value === undefined) return 'is missing';
  const shown =
    typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : JSON.stringify(value);
  return `is ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}, which is not allowed`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** One issue as one line of text: `line 4: logLevel is "loud", which is not allowed (allowed: …)`. */
export function formatIssue(issue: ConfigIssue): string {
  const where = issue.source ?? (issue.position ? `line ${issue.position.line}` : undefined);
  const subject = issue.path === '' ? '' : `${issue.path} `;
  const allowed = issue.allowed ? ` (allowed: ${issue.allowed})` : '';
  return `${where === undefined ? '' : `${where}: `}${subject}${issue.problem}${allowed}`;
}
