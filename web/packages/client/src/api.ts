import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect';
import {
	AuditService,
	DocumentService,
	EventService,
	GovernanceService,
	HealthService,
	IdentityService,
	InfoService,
	LogService,
	MailService,
	NotificationService,
	OperationsService,
	PairingService,
	ProtectionService,
	RealmService,
	SessionService,
	StorageService,
	TrustService,
	UserService,
	WorkflowService,
} from '@erynoa/proto';
import { toApiError } from './api-error';

/** The services of erynoa.api.v1 by what their client is called. */
const services = {
	audit: AuditService,
	documents: DocumentService,
	events: EventService,
	governance: GovernanceService,
	health: HealthService,
	identities: IdentityService,
	info: InfoService,
	log: LogService,
	mail: MailService,
	notifications: NotificationService,
	operations: OperationsService,
	pairings: PairingService,
	protection: ProtectionService,
	realms: RealmService,
	sessions: SessionService,
	storage: StorageService,
	trust: TrustService,
	users: UserService,
	workflows: WorkflowService,
} as const;

type Services = typeof services;

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

/** The clients of all services over one transport. */
export function createApi(transport: Transport): Api {
	const clients = Object.entries(services).map(([name, service]) => [name, typedClient(service, transport)]);
	return Object.fromEntries(clients) as Api;
}

/** A method that is known by its names alone, with the client that calls it. */
export interface NamedMethod {
	method: DescMethod;
	call: (input: Message, options?: CallOptions) => Promise<Message> | AsyncIterable<Message>;
}

/** Finds a method by the names that the reference gives: `erynoa.api.v1.UserService` and `GetUser`. */
export function methodNamed(api: Api, service: string, name: string): NamedMethod | undefined {
	for (const [key, described] of Object.entries(services)) {
		const method = described.methods.find((one) => one.name === name);
		if (described.typeName !== service || !method) continue;
		const client = api[key as keyof Services] as unknown as Record<string, NamedMethod['call']>;
		const call = client[method.localName];
		if (call) return { method, call };
	}
	return undefined;
}
