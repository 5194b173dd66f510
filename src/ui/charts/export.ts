/*
 * Charts and tables as files. A drawing leaves the page with the colours it is seen in: computed styles are written
 * into a copy of it, since the page's sheets and tokens do not go along.
 */

/** A table as it is saved: plain numbers, units in the headings. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
/** What decides how SVG elements look; everything else in a computed style is noise in a file. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'display',
] as const;
/** Pixels of the picture for each of the page: sharp in print and on dense screens. */
const PNG_SCALE = 2;
/** Around the drawing in a file: on the page others keep the distance. */
const MARGIN_PX = 16;

/** Size of a drawing in a file. */
function fileSize(svg: SVGSVGElement): { readonly width: number; readonly height: number } {
  const { width, height } = svg.getBoundingClientRect();
  return { width: width + 2 * MARGIN_PX, height: height + 2 * MARGIN_PX };
}

function csvCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet takes text that begins like this for a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180: commas, quotes doubled, lines ended by CR LF. */
export function csvOf({ columns, rows }: ChartTable): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** `Sweep of MPS, 128 to 512` → `sweep-of-mps-128-to-512` */
export function fileNameOf(title: string): string {
  const name = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'chart' : name;
}

function writeStyles(original: Element, copy: Element): void {
  const computed = getComputedStyle(original);
  for (const name of STYLES) {
    const value = computed.getPropertyValue(name);
    if (value !== '') copy.setAttribute(name, value);
  }
  copy.removeAttribute('class');
  for (const [index, child] of [...original.children].entries()) {
    const twin = copy.children[index];
    if (twin !== undefined) writeStyles(child, twin);
  }
}

/** A drawing as a document of its own, on the ground it stands on in the page. */
export function svgText(svg: SVGSVGElement, title: string): string {
  const { width, height } = fileSize(svg);
  const twin = svg.cloneNode(true);
  if (!(twin instanceof SVGSVGElement)) throw new Error('the copy of a drawing is a drawing');
  writeStyles(svg, twin);
  for (const element of twin.querySelectorAll('[data-screen-only]')) element.remove();
  for (const element of twin.querySelectorAll('[tabindex], [role]')) {
    element.removeAttribute('tabindex');
    element.removeAttribute('role');
  }
  twin.setAttribute('xmlns', SVG_NAMESPACE);
  twin.setAttribute('viewBox', `${-MARGIN_PX} ${-MARGIN_PX} ${width} ${height}`);
  twin.setAttribute('width', String(width));
  twin.setAttribute('height', String(height));
  const ground = document.createElementNS(SVG_NAMESPACE, 'rect');
  const corner = String(-MARGIN_PX);
  for (const [name, value] of Object.entries({ x: corner, y: corner, width: '100%', height: '100%' }))
    ground.setAttribute(name, value);
  ground.setAttribute('fill', groundOf(svg));
  const heading = document.createElementNS(SVG_NAMESPACE, 'title');
  heading.textContent = title;
  twin.prepend(heading, ground);
  return new XMLSerializer().serializeToString(twin);
}

/** The first colour behind an element that is not transparent. */
function groundOf(element: Element): string {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== 'transparent' && !/,\s*0\)$/.test(colour)) return colour;
  }
  return 'white';
}

/** Gives a file to the browser's downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

export function saveText(text: string, type: string, name: string): void {
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

/** The drawing as pixels, twice as dense as on the page. */
export async function pngOf(svg: SVGSVGElement, title: string): Promise<Blob> {
  const { width, height } = fileSize(svg);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg, title))}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * PNG_SCALE);
  canvas.height = Math.round(height * PNG_SCALE);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('This browser gives no canvas to draw on.');
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('This browser could not make a PNG of the chart.'));
      else resolve(blob);
    }, 'image/png');
  });
}
