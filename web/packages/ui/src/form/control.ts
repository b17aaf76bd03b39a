/** The look that all text controls share. */
export const control =
	'block w-full min-h-11 rounded-control border border-line-strong bg-surface px-3 py-2 text-ink placeholder:text-muted ' +
	'disabled:opacity-60 aria-invalid:border-bad aria-invalid:bg-bad-soft/40';

/** Properties of every labelled control; see Field.svelte. */
export interface LabelledProps {
	label: string;
	hint?: string;
	error?: string;
	optional?: boolean;
	required?: boolean;
	hideLabel?: boolean;
	id?: string;
}
