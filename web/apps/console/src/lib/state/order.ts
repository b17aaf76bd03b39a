import { BreakerState, EventKind, type Identity, type Realm } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';
import { openStates } from '$lib/logic/proposal-states';

/** How many of a list are counted; a fuller one is "more than that". */
export const MOST_COUNTED = 100;
/** The newest requests for recovery that are looked at. */
const RECOVERIES = 20;

/** How things stand with realms, decisions, reports and keys. */
export interface Order {
	realms: bigint;
	/** Realms whose breaker is not normal, among those that were counted. */
	tripped: readonly Realm[];
	proposals: Counted;
	reports: Counted;
	/** Identities whose keys are about to be replaced. */
	recoveries: readonly Identity[];
}

/** A number, and whether there are more. */
export interface Counted {
	count: number;
	more: boolean;
}

const counted = (items: readonly unknown[], next: string): Counted => ({
	count: items.length,
	more: next !== '',
});

async function waitingRecoveries(): Promise<Identity[]> {
	const { events } = await erynoa.api.events.list({
		filter: { kinds: [EventKind.IDENTITY_RECOVERED] },
		pageSize: RECOVERIES,
	});
	const authors = [...new Set(events.map(({ author }) => author))];
	const answers = await Promise.all(
		authors.map((identity) => erynoa.api.identities.getIdentity({ identity })),
	);
	return answers.flatMap(({ identity }) => (identity?.recovery ? [identity] : []));
}

/** Asks for everything at once. */
export async function askOrder(): Promise<Order> {
	const [realms, proposals, reports, recoveries] = await Promise.all([
		erynoa.api.realms.listRealms({ pageSize: MOST_COUNTED }),
		erynoa.api.governance.listProposals({ states: [...openStates], pageSize: MOST_COUNTED }),
		erynoa.api.protection.listReports({ openOnly: true, pageSize: MOST_COUNTED }),
		waitingRecoveries(),
	]);
	return {
		realms: realms.total,
		tripped: realms.realms.filter(({ breaker }) => breaker > BreakerState.NORMAL),
		proposals: counted(proposals.proposals, proposals.nextPageToken),
		reports: counted(reports.reports, reports.nextPageToken),
		recoveries,
	};
}
