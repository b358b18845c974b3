#!/usr/bin/env node
// The `siphon` command from a checkout: the engine's CLI on the bundled Node 24.
import process from 'node:process';
import { ensureInstalled, runOnNode24 } from '../scripts/lib/runtime.mjs';

ensureInstalled();
runOnNode24('engine/cli/main.ts', process.argv.slice(2));
