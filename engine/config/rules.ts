import { z } from 'zod';
import type { SettingRule } from '../api/settings.ts';
import { ConfigSchema } from './schema.ts';

/** The parts of a JSON schema that settings use. */
interface Node {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly maxLength?: number;
}

let root: Node | undefined;

/** What may stand at a dotted path, read from the schema itself; undefined when there is no such setting. */
export function ruleAt(path: string): SettingRule | undefined {
  root ??= z.toJSONSchema(ConfigSchema, { io: 'input', unrepresentable: 'any' }) as Node;
  const node = path.split('.').reduce<Node | undefined>((at, part) => at?.properties?.[part], root);
  return node === undefined || node.properties ? undefined : ruleOf(node);
}

function ruleOf(node: Node): SettingRule {
  const nodes = node.anyOf ?? [node];
  const nullable = nodes.some(({ type }) => type === 'null' || (Array.isArray(type) && type.includes('null')));
  const solid = nodes.filter(({ type }) => type !== 'null');
  const word = solid.find((each) => typeof each.const === 'string')?.const;
  const [first, ...more] = solid.filter((each) => each.const === undefined);
  if (first === undefined || more.length > 0) return { kind: 'other' };
  const type = Array.isArray(first.type) ? first.type.find((name) => name !== 'null') : first.type;
  if (type === 'boolean') return { kind: 'switch' };
  if (first.enum) return { kind: 'choice', options: first.enum.map(String) };
  if (type === 'number' || type === 'integer') {
    return {
      kind: 'number',
      min: first.minimum ?? first.exclusiveMinimum ?? Number.MIN_SAFE_INTEGER,
      max: first.maximum ?? Number.MAX_SAFE_INTEGER,
      above: first.minimum === undefined && first.exclusiveMinimum !== undefined,
      whole: type === 'integer',
      nullable,
      ...(typeof word === 'string' ? { word } : {}),
    };
  }
  if (type !== 'string') return { kind: 'other' };
  return {
    kind: 'text',
    nullable,
    ...(first.pattern === undefined ? {} : { pattern: first.pattern }),
    ...(first.maxLength === undefined ? {} : { maxLength: first.maxLength }),
  };
}
