/*
 * Text tables for terminals: columns as wide as their widest cell, two spaces between them.
 */

/** Numbers are set with no-break and thin spaces on the page; a terminal and `grep` want plain ones. */
export function plainSpaces(text: string): string {
  return text.replaceAll(/[\u00A0\u202F]/g, ' ');
}

/**
 * @param rows cells of each row; short rows are fine.
 * @param alignRight columns, counted from 0, whose cells end at the same place.
 * @returns lines, each with a newline.
 */
export function plainTable(rows: readonly (readonly string[])[], alignRight: readonly number[] = []): string {
  const cells = rows.map((row) => row.map(plainSpaces));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return alignRight.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}
