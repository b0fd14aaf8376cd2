import { randomBytes } from 'node:crypto';
import type { Response } from 'express';
import { pagePolicy } from './securityHeaders';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in HTML, in elements and in quoted attributes alike. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:56rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8884;vertical-align:top}
.note{opacity:.75}.bad{color:#b3261e}
a.button{display:inline-block;padding:.5rem 1rem;border-radius:.4rem;background:#0b5cad;color:#fff;text-decoration:none}
`;

export interface Page {
  readonly title: string;
  /** HTML whose variable parts are escaped already. */
  readonly body: string;
  readonly script?: string;
  /** Shown inside Assembly. */
  readonly framed?: boolean;
}

/** A whole page, with the policy that lets just its own script and style run. Sets the header on `res`. */
export function renderPage(res: Response, page: Page): string {
  const nonce = randomBytes(16).toString('base64');
  res.setHeader('Content-Security-Policy', pagePolicy(nonce, page.framed ?? false));
  const script = page.script === undefined ? '' : `<script nonce="${nonce}">${page.script}</script>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(page.title)}</title><style nonce="${nonce}">${STYLE}</style></head>
<body><main><h1>${escapeHtml(page.title)}</h1>
${page.body}
</main>${script}</body></html>
`;
}

/** Says what happened and how to go on. */
export const messagePage = (res: Response, title: string, ...paragraphs: readonly string[]): string =>
  renderPage(res, {
    title,
    body: paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n'),
    framed: true,
  });
