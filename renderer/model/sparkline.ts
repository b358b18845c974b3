/** SVG paths of a small curve: `line` breaks where a value is unknown, `area` is closed down to the bottom edge. */
export function sparklinePath(
  values: ReadonlyArray<number | null>,
  max: number,
  width: number,
  height: number,
): { readonly line: string; readonly area: string } {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let line = '';
  let area = '';
  let run: string[] = [];
  let runStart = 0;
  const close = (end: number) => {
    if (run.length > 0) {
      line += `M${run.join('L')}`;
      area += `M${round(runStart)},${height}L${run.join('L')}L${round(end)},${height}Z`;
    }
    run = [];
  };
  values.forEach((value, index) => {
    const x = index * step;
    if (value === null) {
      close((index - 1) * step);
      return;
    }
    if (run.length === 0) runStart = x;
    run.push(`${round(x)},${round(height - (Math.min(max, Math.max(0, value)) / max) * height)}`);
  });
  close((values.length - 1) * step);
  return { line, area };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
