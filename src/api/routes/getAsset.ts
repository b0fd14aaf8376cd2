import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import type { RouteDeps } from '../deps';
import { publicRoute, type Route } from '../route';

const A_YEAR = 'public, max-age=31536000, immutable';

/** Scripts and styles of the page. They hold nothing of any portal, and a changed one has another name. */
export const getAsset = ({ page }: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/assets/:name',
    summary: 'A file that the page loads.',
    params: z.object({ name: z.string().max(200) }),
    answers: { 200: { description: 'The file; it never changes.', contentType: '*/*' } },
    handle({ params, req, res }) {
      const asset = page.assets.get(params.name);
      if (asset === undefined) throw new CairnError('not_found');
      res.status(200).setHeader('Content-Type', asset.contentType);
      res.setHeader('Cache-Control', A_YEAR);
      res.setHeader('Vary', 'Accept-Encoding');
      const zipped = req.acceptsEncodings('gzip') === 'gzip';
      if (zipped) res.setHeader('Content-Encoding', 'gzip');
      const body = zipped ? asset.gzip : asset.body;
      res.setHeader('Content-Length', body.length);
      res.end(body);
      return null;
    },
  });
