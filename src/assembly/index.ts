export { type AppToken, readAppToken } from './appToken';
export { type AssemblyClientDeps, createAssemblyClient, LIST_LIMIT } from './client';
export { type AssemblyEvent, parseAssemblyEvent, verifyAssemblySignature } from './webhook';
