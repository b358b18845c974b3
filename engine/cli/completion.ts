import type { Argument, Command, Option } from 'commander';

/** Shells that completion scripts can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can stand behind one command. */
interface Node {
  /** Command words before it, e.g. `config set`; empty for the program itself. */
  readonly path: string;
  readonly commands: ReadonlyArray<{ readonly name: string; readonly description: string }>;
  readonly options: readonly Option[];
  /** Fixed values of its first argument. */
  readonly values: readonly string[];
}

/** The completion script of a program for a shell, made from its commands and options. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = walk(program, '', program.options);
  switch (shell) {
    case 'bash':
      return bash(nodes);
    case 'zsh':
      // zsh runs bash's function through its own compatibility layer.
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
    case 'fish':
      return fish(nodes);
    case 'powershell':
      return powershell(nodes);
  }
}

function walk(command: Command, path: string, globals: readonly Option[]): Node[] {
  const inner = command.commands.filter((sub) => !(sub as unknown as { _hidden?: boolean })._hidden);
  const own = path === '' ? [] : command.options;
  const first: Argument | undefined = command.registeredArguments[0];
  const node: Node = {
    path,
    commands: inner.map((sub) => ({ name: sub.name(), description: sub.description() })),
    options: [...own, ...globals].filter((option) => !option.hidden),
    values: first?.argChoices ?? [],
  };
  return [node, ...inner.flatMap((sub) => walk(sub, path === '' ? sub.name() : `${path} ${sub.name()}`, globals))];
}

function flagsOf(option: Option): string[] {
  return [option.short, option.long].filter((flag): flag is string => typeof flag === 'string');
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function wordsOf(node: Node): string[] {
  return [...node.commands.map(({ name }) => name), ...node.values, ...node.options.flatMap(flagsOf), '--help'];
}

/** Values that may follow an option, by the option's flag; an empty list = a file. */
function optionValues(nodes: readonly Node[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const option of nodes.flatMap((node) => node.options)) {
    if (takesValue(option)) for (const flag of flagsOf(option)) found.set(flag, option.argChoices ?? []);
  }
  return found;
}

function bash(nodes: readonly Node[]): string {
  const values = [...optionValues(nodes)];
  const withChoices = values.filter(([, choices]) => choices.length > 0);
  const free = values.filter(([, choices]) => choices.length === 0).map(([flag]) => flag);
  return `_siphon() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word index
  COMPREPLY=()
  case "$previous" in
${withChoices.map(([flag, choices]) => `    ${flag}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$cur")); return ;;`).join('\n')}
    ${free.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path $word" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => {
    const words = path.split(' ');
    const parent = words.slice(0, -1).join(' ');
    return `      "${parent} ${words.at(-1)}") path="${path}" ;;`;
  })
  .join('\n')}
    esac
  done
  case "$path" in
${nodes.map((node) => `    "${node.path}") COMPREPLY=($(compgen -W "${wordsOf(node).join(' ')}" -- "$cur")) ;;`).join('\n')}
  esac
  if [[ \${#COMPREPLY[@]} -eq 0 && "$cur" != -* ]]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -F _siphon siphon
`;
}

function fish(nodes: readonly Node[]): string {
  const quote = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
  const lines = nodes.flatMap((node) => {
    const words = node.path.split(' ').filter((word) => word !== '');
    const names = node.commands.map(({ name }) => name).join(' ');
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const here = (
      words.length === 0 ? ['__fish_use_subcommand'] : [...seen, ...(names ? [`not __fish_seen_subcommand_from ${names}`] : [])]
    ).join('; and ');
    const commands = node.commands.map(
      ({ name, description }) => `complete -c siphon -f -n ${quote(here)} -a ${name} -d ${quote(description)}`,
    );
    const values = node.values.map((value) => `complete -c siphon -f -n ${quote(here)} -a ${value}`);
    const options = node.options.map((option) => {
      const when = words.length === 0 ? '' : ` -n ${quote(seen.join('; and '))}`;
      const short = option.short ? ` -s ${option.short.replace(/^-/, '')}` : '';
      const long = option.long ? ` -l ${option.long.replace(/^--/, '')}` : '';
      const value = takesValue(option) ? (option.argChoices ? ` -x -a ${quote(option.argChoices.join(' '))}` : ' -r') : '';
      return `complete -c siphon${when}${short}${long}${value} -d ${quote(option.description)}`;
    });
    return [...commands, ...values, ...options];
  });
  return `${[...new Set(lines)].join('\n')}\n`;
}

function powershell(nodes: readonly Node[]): string {
  const list = (words: readonly string[]): string => words.map((word) => `'${word.replace(/'/g, "''")}'`).join(', ');
  const choices = [...optionValues(nodes)].filter(([, values]) => values.length > 0);
  return `Register-ArgumentCompleter -Native -CommandName siphon -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${nodes.map((node) => `    '${node.path}' = @(${list(wordsOf(node))})`).join('\n')}
  }
  $values = @{
${choices.map(([flag, values]) => `    '${flag}' = @(${list(values)})`).join('\n')}
  }
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $path = ''
  foreach ($word in $typed) {
    $next = "$path $word".Trim()
    if ($words.ContainsKey($next)) { $path = $next }
  }
  $candidates = $words[$path]
  if ($typed.Count -gt 0 -and $values.ContainsKey($typed[-1])) { $candidates = $values[$typed[-1]] }
  $candidates | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
