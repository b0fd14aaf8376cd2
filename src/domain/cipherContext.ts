/**
 * What binds a stored ciphertext to its row, as the associated data of its encryption: moved to another row, column or
 * portal it does not decrypt. No portal's id has a `/` in it, so no two of these are ever the same text.
 */
export const refreshTokenContext = (portalId: string): string => portalId;

export const codeVerifierContext = (portalId: string, stateHash: string): string =>
  `oauth-state/${portalId}/${stateHash}`;

export const downloadUrlContext = (portalId: string, objectId: string): string =>
  `assembly-url/${portalId}/${objectId}`;
