import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import {
	AuditService,
	EventService,
	GovernanceService,
	HealthService,
	IdentityService,
	InfoService,
	LogService,
	OperationsService,
	PairingService,
	ProtectionService,
	RealmService,
	SessionService,
	StorageService,
	TrustService,
	UserService,
} from '@erynoa/proto';
import { toApiError } from './api-error';

/** One client for each service of erynoa.api.v1. Every failure of a call is an ApiError. */
export interface Api {
	readonly audit: Client<typeof AuditService>;
	readonly events: Client<typeof EventService>;
	readonly governance: Client<typeof GovernanceService>;
	readonly health: Client<typeof HealthService>;
	readonly identities: Client<typeof IdentityService>;
	readonly info: Client<typeof InfoService>;
	readonly log: Client<typeof LogService>;
	readonly operations: Client<typeof OperationsService>;
	readonly pairings: Client<typeof PairingService>;
	readonly protection: Client<typeof ProtectionService>;
	readonly realms: Client<typeof RealmService>;
	readonly sessions: Client<typeof SessionService>;
	readonly storage: Client<typeof StorageService>;
	readonly trust: Client<typeof TrustService>;
	readonly users: Client<typeof UserService>;
}

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
	return {
		audit: typedClient(AuditService, transport),
		events: typedClient(EventService, transport),
		governance: typedClient(GovernanceService, transport),
		health: typedClient(HealthService, transport),
		identities: typedClient(IdentityService, transport),
		info: typedClient(InfoService, transport),
		log: typedClient(LogService, transport),
		operations: typedClient(OperationsService, transport),
		pairings: typedClient(PairingService, transport),
		protection: typedClient(ProtectionService, transport),
		realms: typedClient(RealmService, transport),
		sessions: typedClient(SessionService, transport),
		storage: typedClient(StorageService, transport),
		trust: typedClient(TrustService, transport),
		users: typedClient(UserService, transport),
	};
}
