export { createApi } from './createApi';
export type { ApiDeps } from './deps';
