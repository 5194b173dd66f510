/*
 * The figures of a drawing as a table, for assistive technology: there, but not to be seen.
 */
export class FigureTable {
  readonly element: HTMLTableElement;
  readonly #body: HTMLTableSectionElement;
  #shown = '';

  constructor(label: string, columns: readonly string[]) {
    this.element = document.createElement('table');
    this.element.className = 'pl-figures';
    const caption = this.element.createCaption();
    caption.textContent = label;
    const row = this.element.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = column;
      row.append(cell);
    }
    this.#body = this.element.createTBody();
  }

  /** Rows of text; the first cell of each is its heading. */
  show(rows: readonly (readonly string[])[]): void {
    const text = JSON.stringify(rows);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#body.replaceChildren();
    for (const cells of rows) {
      const row = this.#body.insertRow();
      cells.forEach((content, index) => {
        const cell = document.createElement(index === 0 ? 'th' : 'td');
        if (index === 0) cell.setAttribute('scope', 'row');
        cell.textContent = content;
        row.append(cell);
      });
    }
  }
}
