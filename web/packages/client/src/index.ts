export { Code } from '@connectrpc/connect';
export { type Api, createApi, methodNamed, type NamedMethod } from './api';
export { ApiError, CANCELED, type FieldViolation, NETWORK_UNREACHABLE, toApiError } from './api-error';
export { type Author, type Cause, createAuthor, type Published } from './author';
export { type Cell, cell, type Readable } from './cell';
export type { Connectivity, ConnectivityState } from './connectivity';
export { createErynoa, type Erynoa, type ErynoaOptions } from './erynoa';
export type { NewIdentity } from './identities';
export { type KeyStore, type StoredKey, signerOf } from './keys';
export {
	forgetLog,
	type LogMemory,
	recallLog,
	type SeenFork,
	type WitnessChange,
} from './log-memory';
export type { AppName } from './oidc';
export type { PairingClaim, PairingClaimant, PairingOffer } from './pairing';
export { acceptWitnesses, type EventProof, proveEvent } from './proof';
export type { CurrentSession, ProviderProof, SessionState, SessionStore } from './session';
export { watchUnread } from './unread';
export { type Watch, type WatchOptions, type WatchStatus, watchEvents } from './watch';
