// Apart from the failures: the words of realms are many, and few pages need them at first.
import type { Violation } from '@erynoa/proto';
import { codeText } from './failures';
import { violationHelp, violationTitle } from './realms';

/** One rule that does not hold, in plain words; as the server says it where there are none. */
export function violationText(violation: Violation): string {
	const own = codeText(violation.code);
	if (own !== undefined) return own;
	return [violationTitle(violation), violationHelp(violation)].filter(Boolean).join(' ');
}
