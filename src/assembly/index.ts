export { type AppToken, readAppToken } from './appToken';
export { type AssemblyClientDeps, createAssemblyClient } from './client';
export { LIST_LIMIT } from './listFiles';
export { type AssemblyEvent, parseAssemblyEvent, verifyAssemblySignature } from './webhook';
