const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * JSON that fits into an HTTP header: every UTF-16 unit from U+007F on is escaped, surrogate halves apart. Dropbox
 * asks for it in `Dropbox-API-Arg`. (https://www.dropbox.com/developers/reference/json-encoding)
 */
export const headerJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, escapeUnit);
