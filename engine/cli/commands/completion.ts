import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../help.ts';

/** `siphon completion`: prints a script that teaches a shell the commands and options. */
export function addCompletionCommand(program: Command, context: CliContext): void {
  const command = program
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => {
      context.terminal.stdout.write(completionScript(program, shell));
    });
  addExamples(command, [
    ['source <(siphon completion bash)', 'now; put it into ~/.bashrc to keep it'],
    ['source <(siphon completion zsh)', 'zsh; put it into ~/.zshrc to keep it'],
    ['siphon completion fish > ~/.config/fish/completions/siphon.fish', 'fish'],
    ['siphon completion powershell | Out-String | Invoke-Expression', 'PowerShell; put it into $PROFILE to keep it'],
  ]);
}
