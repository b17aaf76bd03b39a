import type { Api } from '@erynoa/client';
import { uidFromBytes } from '@erynoa/protocol';

/** Whether somebody may judge in a realm: named by its rule in force, else one of its founders. */
export async function isJudge(
	{ realms }: Pick<Api, 'realms'>,
	who: { readonly identity: string; readonly uid: string | undefined },
	realm: string,
): Promise<boolean> {
	const [rules, answer] = await Promise.all([realms.listRules({ realm }), realms.getRealm({ realm })]);
	const named = rules.rules.flatMap(({ rule, future, overruledByRule }) =>
		rule?.parameters.case === 'judges' && !future && overruledByRule === ''
			? [rule.parameters.value.identities.map(uidFromBytes)]
			: [],
	);
	const judges = named.at(-1);
	if (judges) return judges.some((judge) => judge === who.uid);
	return answer.realm?.founders.includes(who.identity) ?? false;
}
