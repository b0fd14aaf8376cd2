export { createDropboxClient, type DropboxClientDeps } from './client';
export { authorizeUrl, DROPBOX_SCOPES, type ExchangedCode, exchangeCode } from './oauth';
export { createTokenSource, type TokenSource, type TokenSourceDeps } from './tokenSource';
export type { DropboxCall } from './transport';
export type * from './types';
