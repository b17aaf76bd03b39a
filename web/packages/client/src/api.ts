import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect';
import {
	type AuditService,
	type DocumentService,
	EventService,
	type GovernanceService,
	HealthService,
	IdentityService,
	InfoService,
	type LogService,
	type MailService,
	NotificationService,
	type OperationsService,
	type PairingService,
	type PeerService,
	type ProtectionService,
	RealmService,
	SessionService,
	type StorageService,
	TrustService,
	UserService,
	WorkflowService,
} from '@erynoa/proto';
import { toApiError } from './api-error';

/** The services of erynoa.api.v1 by what their client is called. */
const services = {
	events: EventService,
	health: HealthService,
	identities: IdentityService,
	info: InfoService,
	notifications: NotificationService,
	realms: RealmService,
	sessions: SessionService,
	trust: TrustService,
	users: UserService,
	workflows: WorkflowService,
} as const;

interface LaterServices {
	audit: typeof AuditService;
	documents: typeof DocumentService;
	governance: typeof GovernanceService;
	log: typeof LogService;
	mail: typeof MailService;
	operations: typeof OperationsService;
	pairings: typeof PairingService;
	peers: typeof PeerService;
	protection: typeof ProtectionService;
	storage: typeof StorageService;
}

/** Services that few pages call: what they look like is fetched with the first call. None of them streams. */
const laterServices: { readonly [Name in keyof LaterServices]: () => Promise<LaterServices[Name]> } = {
	audit: async () => (await import('@erynoa/proto/api/v1/audit_service')).AuditService,
	documents: async () => (await import('@erynoa/proto/api/v1/document_service')).DocumentService,
	governance: async () => (await import('@erynoa/proto/api/v1/governance_service')).GovernanceService,
	log: async () => (await import('@erynoa/proto/api/v1/log_service')).LogService,
	mail: async () => (await import('@erynoa/proto/api/v1/mail_service')).MailService,
	operations: async () => (await import('@erynoa/proto/api/v1/operations_service')).OperationsService,
	pairings: async () => (await import('@erynoa/proto/api/v1/pairing_service')).PairingService,
	peers: async () => (await import('@erynoa/proto/api/v1/peer_service')).PeerService,
	protection: async () => (await import('@erynoa/proto/api/v1/protection_service')).ProtectionService,
	storage: async () => (await import('@erynoa/proto/api/v1/storage_service')).StorageService,
};

type Services = typeof services & LaterServices;

/** One client for each service of erynoa.api.v1. Every failure of a call is an ApiError. */
export type Api = { readonly [Name in keyof Services]: Client<Services[Name]> };

type Call = (input: unknown, options?: unknown) => unknown;

async function* withApiErrors(stream: AsyncIterable<unknown>): AsyncIterable<unknown> {
	try {
		yield* stream;
	} catch (error) {
		throw toApiError(error);
	}
}

function typedClient<S extends DescService>(service: S, transport: Transport): Client<S> {
	const client = createClient(service, transport) as Record<string, Call>;
	const typed: Record<string, Call> = {};
	for (const method of service.methods) {
		const call = client[method.localName] as Call;
		typed[method.localName] =
			method.methodKind === 'server_streaming'
				? (input, options) => withApiErrors(call(input, options) as AsyncIterable<unknown>)
				: async (input, options) => {
						try {
							return await call(input, options);
						} catch (error) {
							throw toApiError(error);
						}
					};
	}
	return typed as Client<S>;
}

function laterClient<S extends DescService>(load: () => Promise<S>, transport: Transport): Client<S> {
	let client: Promise<Record<string, Call>> | undefined;
	async function loaded(): Promise<Record<string, Call>> {
		client ??= load().then((service) => typedClient(service, transport) as Record<string, Call>);
		try {
			return await client;
		} catch (error) {
			// The next call tries again.
			client = undefined;
			throw toApiError(error);
		}
	}
	const later = (_: object, name: string) => async (input: unknown, options?: unknown) => {
		const call = (await loaded())[name] as Call;
		return call(input, options);
	};
	return new Proxy({}, { get: later }) as Client<S>;
}

/** The clients of all services over one transport. */
export function createApi(transport: Transport): Api {
	const clients = Object.entries(services).map(([name, service]) => [name, typedClient(service, transport)]);
	const later = Object.entries(laterServices).map(([name, load]) => [
		name,
		laterClient(load as () => Promise<DescService>, transport),
	]);
	return Object.fromEntries([...clients, ...later]) as Api;
}

/** A method that is known by its names alone, with the client that calls it. */
export interface NamedMethod {
	method: DescMethod;
	call: (input: Message, options?: CallOptions) => Promise<Message> | AsyncIterable<Message>;
}

/** Finds a method by the names that the reference gives: `erynoa.api.v1.UserService` and `GetUser`. */
export async function methodNamed(api: Api, service: string, name: string): Promise<NamedMethod | undefined> {
	const later = Object.entries(laterServices).map(async ([key, load]) => [key, await load()] as const);
	for (const [key, described] of [...Object.entries(services), ...(await Promise.all(later))]) {
		const method = described.methods.find((one) => one.name === name);
		if (described.typeName !== service || !method) continue;
		const client = api[key as keyof Services] as unknown as Record<string, NamedMethod['call']>;
		const call = client[method.localName];
		if (call) return { method, call };
	}
	return undefined;
}
