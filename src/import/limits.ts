/** Most characters that are read, all inputs together. The largest known dump of a real server has 0.6 million. */
export const MAX_INPUT_CHARACTERS = 16 * 2 ** 20;
/** Most inputs at once. */
export const MAX_INPUTS = 16;
/** Most functions of one machine: the limit of the document. */
export const MAX_IMPORTED_FUNCTIONS = 4096;
/** Longest line that is looked at; `lspci -F` reads at most 250 characters, descriptions are longer only by malice. */
export const MAX_LINE_CHARACTERS = 4096;
/** More problems than this are counted, not listed. */
export const MAX_LISTED_DIAGNOSTICS = 50;
