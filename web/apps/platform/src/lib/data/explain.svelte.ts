import type { Dimension } from '@erynoa/protocol';

/** A number that can be opened. */
export interface ExplainTarget {
	/** DID. */
	subject: string;
	name: string;
	/** Undefined = the standing. */
	dimension: Dimension | undefined;
	/** Only with competence. */
	domain: string;
}

/** The drawer that opens a number into its events. */
class Explain {
	open = $state(false);
	target = $state.raw<ExplainTarget>();

	show(subject: string, name: string, dimension?: Dimension, domain = ''): void {
		this.target = { subject, name, dimension, domain };
		this.open = true;
	}
}

export const explain = new Explain();
