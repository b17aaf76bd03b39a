/** Puts the cursor into the field of a dialog once it is open, and selects the name without its ending. */
export function focusName(form: HTMLFormElement): () => void {
	// The browser gives the focus to the dialog itself first.
	const frame = requestAnimationFrame(() => {
		const input = form.querySelector('input');
		if (!input) return;
		const dot = input.value.lastIndexOf('.');
		input.focus();
		input.setSelectionRange(0, dot > 0 ? dot : input.value.length);
	});
	return () => cancelAnimationFrame(frame);
}
