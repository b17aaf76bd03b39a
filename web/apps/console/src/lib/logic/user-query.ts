import { UserStatus } from '@erynoa/proto';
import { roles } from '@erynoa/ui';

export type StatusFilter = '' | 'active' | 'invited' | 'disabled';

/** What the list of users shows; stands in the address. */
export interface UserQuery {
	/** Part of name, e-mail address or DID. */
	query: string;
	/** Empty = all. */
	role: string;
	status: StatusFilter;
}

export const noUserFilters: UserQuery = { query: '', role: '', status: '' };

const statuses: Readonly<Record<StatusFilter, UserStatus>> = {
	'': UserStatus.UNSPECIFIED,
	active: UserStatus.ACTIVE,
	invited: UserStatus.INVITED,
	disabled: UserStatus.DISABLED,
};

export function statusOf(filter: StatusFilter): UserStatus {
	return statuses[filter];
}

/** Reads an address; anything unknown becomes the default. */
export function readUserQuery(params: URLSearchParams): UserQuery {
	const role = params.get('role') ?? '';
	const status = params.get('status') ?? '';
	return {
		query: params.get('q') ?? '',
		role: (roles as readonly string[]).includes(role) ? role : '',
		status: Object.hasOwn(statuses, status) ? (status as StatusFilter) : '',
	};
}

/** Writes an address; defaults are left out. */
export function writeUserQuery({ query, role, status }: UserQuery): string {
	const params = new URLSearchParams();
	if (query !== '') params.set('q', query);
	if (role !== '') params.set('role', role);
	if (status !== '') params.set('status', status);
	return params.toString();
}
