import { uidFromBytes } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/** Whether somebody may judge in a realm: named by its rule in force, else one of its founders. */
export async function isJudge(identity: string, uid: string, realm: string): Promise<boolean> {
	const [rules, answer] = await Promise.all([
		erynoa.api.realms.listRules({ realm }),
		erynoa.api.realms.getRealm({ realm }),
	]);
	const named = rules.rules.flatMap(({ rule, future, overruledByRule }) =>
		rule?.parameters.case === 'judges' && !future && overruledByRule === ''
			? [rule.parameters.value.identities.map(uidFromBytes)]
			: [],
	);
	const judges = named.at(-1);
	if (judges) return judges.some((judge) => judge === uid);
	return answer.realm?.founders.includes(identity) ?? false;
}
