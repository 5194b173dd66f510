/*
 * Text that has to fit a width: measured once per string and style, cut with an ellipsis. One line always.
 */
export interface TextStyle {
  readonly sizePx: number;
  readonly weight: 400 | 500 | 600;
  readonly family: 'sans' | 'mono';
}

export const TEXT = {
  plateTitle: { sizePx: 13, weight: 600, family: 'sans' },
  compactTitle: { sizePx: 12, weight: 600, family: 'sans' },
  plateNote: { sizePx: 12, weight: 400, family: 'sans' },
  bdf: { sizePx: 12, weight: 400, family: 'mono' },
  cardName: { sizePx: 14, weight: 600, family: 'sans' },
  smallName: { sizePx: 12.5, weight: 600, family: 'sans' },
  tinyName: { sizePx: 11, weight: 500, family: 'sans' },
  cardLine: { sizePx: 12, weight: 400, family: 'sans' },
  cardValue: { sizePx: 12, weight: 500, family: 'sans' },
  linkTitle: { sizePx: 12.5, weight: 600, family: 'sans' },
  linkFigure: { sizePx: 12, weight: 400, family: 'sans' },
  small: { sizePx: 11.5, weight: 400, family: 'sans' },
  smallMono: { sizePx: 11.5, weight: 400, family: 'mono' },
  chip: { sizePx: 11.5, weight: 500, family: 'sans' },
  callout: { sizePx: 12.5, weight: 600, family: 'sans' },
} as const satisfies Readonly<Record<string, TextStyle>>;

export type TextStyleName = keyof typeof TEXT;

export type MeasureText = (text: string, style: TextStyle) => number;

const ELLIPSIS = '…';
/** Fewer letters than this say nothing. */
const LEAST_LETTERS = 3;
/** Widest average character of the usual fonts, in em: where nothing can be measured, text is cut early. */
const GUESSED_EM: Readonly<Record<TextStyle['family'], number>> = { sans: 0.58, mono: 0.62 };

/** Widths guessed from character counts, for hosts without a canvas. */
export const guessText: MeasureText = (text, style) => text.length * style.sizePx * GUESSED_EM[style.family];

/** Widths from a canvas, with the families of the page's tokens. */
export function canvasMeasure(sans: string, mono: string): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return guessText;
  const widths = new Map<string, number>();
  return (text, style) => {
    const font = `${style.weight} ${style.sizePx}px ${style.family === 'mono' ? mono : sans}`;
    const key = `${font}|${text}`;
    const known = widths.get(key);
    if (known !== undefined) return known;
    context.font = font;
    const { width } = context.measureText(text);
    widths.set(key, width);
    return width;
  };
}

/** The text, or as much of it as fits with an ellipsis; empty if nothing does. */
export function fitText(text: string, style: TextStyle, widthPx: number, measure: MeasureText): string {
  if (measure(text, style) <= widthPx) return text;
  let least = 0;
  let most = text.length - 1;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (measure(text.slice(0, middle).trimEnd() + ELLIPSIS, style) <= widthPx) least = middle;
    else most = middle - 1;
  }
  return least < LEAST_LETTERS ? '' : text.slice(0, least).trimEnd() + ELLIPSIS;
}

/** What tells numbered things from one another: `3-15` of `mem-s0-3-15`. Names with spaces are phrases. */
const NUMBER_AT_END = /^\S*?([\d._-]{0,3}\d)$/;
const SEPARATORS = /^[._-]+/;

/** A name, or its beginning and as much of its number as fits. */
export function fitName(name: string, style: TextStyle, widthPx: number, measure: MeasureText): string {
  if (measure(name, style) <= widthPx) return name;
  let tail = NUMBER_AT_END.exec(name)?.[1]?.replace(SEPARATORS, '') ?? '';
  while (tail !== '') {
    const head = `${name.slice(0, -tail.length)}${ELLIPSIS}`;
    const cut = fitText(head, style, widthPx - measure(tail, style), measure);
    if (cut !== '') return cut.replace(/[._-]+…$/, ELLIPSIS) + tail;
    // Less of the number, but not half of one.
    tail = /[._-]/.test(tail) ? tail.replace(/^\d+/, '').replace(SEPARATORS, '') : '';
  }
  return fitText(name, style, widthPx, measure);
}
